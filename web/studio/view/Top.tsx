import { Icon } from "../../shared/staff/icons.tsx";
import { type Entry, Menu } from "../../shared/staff/Menu.tsx";
import { THEMES } from "../../shared/staff/wishes.ts";
import { hashOf, PAGES } from "../route.ts";
import { useScreen } from "./screen.ts";

export function Top() {
  const { studio, say } = useScreen();
  const { counts, route } = studio;
  return (
    <header class="top">
      <div class="brand">
        <span class="sign" aria-hidden="true">
          文
        </span>
        <h1>
          {say("product")} <small>{say("title")}</small>
        </h1>
      </div>
      <nav class="pages" aria-label={say("pages")}>
        {PAGES.map((page) => (
          <a
            key={page}
            href={hashOf(page)}
            {...(route.page === page && { "aria-current": "page" as const })}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              studio.go(page);
            }}
          >
            {say(`page_${page}`)}
            {page === "publish" && studio.isPublishing && <i class="busy" role="img" aria-label={say("publishing")} />}
            {page === "publish" && counts.approved > 0 && (
              <span class="badge" title={say("toPublish", { count: counts.approved })}>
                {counts.approved}
              </span>
            )}
          </a>
        ))}
      </nav>
      <Mine />
    </header>
  );
}

function Mine() {
  const { studio, language, theme, say, speak, setTheme } = useScreen();
  const { me } = studio;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  const name = me?.shown_as[language] ?? me?.name ?? "";
  const entries: Entry[] = [
    { label: say(`theme_${theme}`), icon: "moon", press: () => setTheme(next) },
    { label: say("language"), icon: "globe", press: () => speak(language === "zh" ? "en" : "zh") },
    "rule",
    { label: say("signOut"), icon: "leave", press: () => void studio.signOut() },
  ];
  return (
    <Menu label={say("menu")} entries={entries} class="me-button" hasWords>
      <span class="avatar" aria-hidden="true">
        {[...name][0]}
      </span> <span class="me-name">{name}</span>
      <Icon name="down" size={14} />
    </Menu>
  );
}
