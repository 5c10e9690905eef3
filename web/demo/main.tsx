/** A shop's page as a shop would have one, for trying the widget. */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Language } from "../shared/protocol.ts";
import { chosen } from "../widget/texts.ts";
import { Drawing } from "./art.tsx";
import { chat } from "./chat.ts";
import { products, words as all, type Words } from "./facts.ts";
import { SignIn } from "./SignIn.tsx";

const ANCHORS = ["goods", "goods", "goods", "goods", "promises"];

function Shop({ begun }: { begun: Language }) {
  const [language, setLanguage] = useState(begun);
  const words: Words = all[language];
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = language === "zh" ? "柜台 · 演示店铺" : "Guitai · demo shop";
    chat("lang", language);
  }, [language]);
  const speak = (next: Language) => {
    history.replaceState(null, "", `?lang=${next}`);
    setLanguage(next);
  };
  return (
    <>
      <header class="bar">
        <a class="brand" href={`?lang=${language}`}>
          <Sign /> {words.name}
        </a>
        <nav aria-label={words.goods}>
          {words.nav.map((name, at) => (
            <a key={name} href={`#${ANCHORS[at]}`}>
              {name}
            </a>
          ))}
        </nav>
        <SignIn words={words} language={language} />
        <button
          type="button"
          class="quiet"
          lang={language === "zh" ? "en" : "zh-CN"}
          onClick={() => speak(language === "zh" ? "en" : "zh")}
        >
          {words.other}
        </button>
      </header>
      <main>
        <section class="hero">
          <div class="lead">
            <h1>{words.lead}</h1>
            <p>{words.sub}</p>
            <div class="acts">
              <a class="button" href="#goods">
                {words.shop}
              </a>
              <button type="button" class="button plain" onClick={() => chat("open")}>
                {words.chat}
              </button>
            </div>
          </div>
          <Try words={words} />
        </section>
        <section id="goods">
          <h2>{words.goods}</h2>
          <ul class="goods">
            {products.map((product) => (
              <li key={product.sku}>
                <Drawing sku={product.sku} />
                <h3>{product[language]}</h3>
                <div class="buy">
                  <span>¥{product.price.toLocaleString("en")}</span>
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`${words.ask}: ${product[language]}`}
                    onClick={() => chat("say", words.askAbout.replace("{name}", product[language]))}
                  >
                    {words.ask}
                  </button>
                </div>
              </li>
            ))}
          </ul>
        </section>
        <section id="promises" class="promises">
          {words.promises.map(([title, text]) => (
            <div key={title}>
              <h3>{title}</h3>
              <p>{text}</p>
            </div>
          ))}
        </section>
      </main>
      <footer>
        <Sign /> <span>{words.foot}</span>
      </footer>
    </>
  );
}

/** What to type, with orders that the demo knows. */
function Try({ words }: { words: Words }) {
  return (
    <aside class="try" aria-labelledby="try">
      <h2 id="try">{words.tryTitle}</h2>
      <p>{words.tryText}</p>
      <ul>
        {words.questions.map(({ about, ask }) => (
          <li key={ask}>
            <button type="button" onClick={() => chat("say", ask)}>
              <small>{about}</small>
              <span>{ask}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="more">{words.tryMore}</p>
      <p class="more">
        <a href="/demo/phone" target="_blank" rel="noopener">
          {words.phone}
        </a>{" "}
        · {words.phoneText}
      </p>
    </aside>
  );
}

/** A counter with its bell. */
function Sign() {
  return (
    <svg class="sign" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M5 22h22v4H5zM8 20a8 8 0 0 1 16 0zM15 8h2v4h-2z" />
    </svg>
  );
}

const wish = new URLSearchParams(location.search).get("lang");
render(<Shop begun={chosen(wish, navigator.languages)} />, document.getElementById("shop") as HTMLElement);
