import { useEffect, useRef, useState } from "preact/hooks";

import type { Language } from "../protocol.ts";
import { type DemoAccounts, Refused, type StaffApi } from "./api.ts";
import { Icon } from "./icons.tsx";
import { staff, type StaffName } from "./texts.ts";

type Props = {
  title: string;
  api: StaffApi;
  language: Language;
  signIn(name: string, password: string, totp: string): Promise<void>;
  speak(language: Language): void;
};

/** The door of every screen of the staff's. */
export function SignIn({ title, api, language, signIn, speak }: Props) {
  const say = (name: StaffName) => staff[language][name];
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [wantsCode, setWantsCode] = useState(false);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [demo, setDemo] = useState<DemoAccounts>({ accounts: [], password: "" });
  const first = useRef<HTMLInputElement>(null);

  useEffect(() => {
    first.current?.focus();
    void api.demoAccounts().then(setDemo);
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFault("");
    try {
      await signIn(name.trim(), password, totp.trim());
    } catch (error) {
      setWantsCode(true); // which of the three was wrong is not said
      setFault(error instanceof Refused && error.message ? error.message : say("signInFailed"));
      setBusy(false);
    }
  };

  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <header>
          <span class="sign" aria-hidden="true">
            柜
          </span>
          <h1>{title}</h1>
        </header>
        <label>
          {say("account")}
          <input
            ref={first}
            name="username"
            value={name}
            autoComplete="username"
            autoCapitalize="off"
            spellcheck={false}
            required
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label>
          {say("password")}
          <input
            type="password"
            name="password"
            value={password}
            autoComplete="current-password"
            required
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <label hidden={demo.accounts.length > 0 && !wantsCode}>
          {say("code")}
          <input
            name="totp"
            value={totp}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={8}
            aria-describedby="code-hint"
            onInput={(event) => setTotp(event.currentTarget.value)}
          />
          <small id="code-hint">{say("codeHint")}</small>
        </label>
        {fault && (
          <p class="fault" role="alert">
            <Icon name="alert" size={16} /> {fault}
          </p>
        )}
        <button type="submit" class="primary whole" disabled={isBusy}>
          {say(isBusy ? "signingIn" : "signIn")}
        </button>
        {demo.accounts.length > 0 && (
          <section class="demo-accounts" aria-label={say("demoAccounts")}>
            <h2>
              {say("demoAccounts")} <small>{say("demoHint")}</small>
            </h2>
            <ul>
              {demo.accounts.map((account) => (
                <li key={account.name}>
                  <button
                    type="button"
                    onClick={() => {
                      setName(account.name);
                      setPassword(demo.password);
                    }}
                  >
                    <b>{account.shown_as[language]}</b>
                    <small>{account.roles.map((role) => say(`role_${role}` as StaffName)).join(" · ")}</small>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </form>
      <button type="button" class="link" lang={language === "zh" ? "en" : "zh-CN"} onClick={() => speak(language === "zh" ? "en" : "zh")}>
        {say("language")}
      </button>
    </main>
  );
}
