import { useEffect } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { SignIn } from "../../shared/staff/SignIn.tsx";
import type { Page } from "../route.ts";
import { Audit } from "./Audit.tsx";
import { ConflictWindow } from "./Conflict.tsx";
import { Editor } from "./Editor.tsx";
import { Entries } from "./Entries.tsx";
import { InboxPage } from "./Inbox.tsx";
import { InsightsPage } from "./Insights.tsx";
import { NewWindow } from "./NewEntry.tsx";
import { Publish } from "./Publish.tsx";
import { LeaveWindow, QuestionWindow } from "./questions.tsx";
import { titled, useScreen } from "./screen.ts";
import { Top } from "./Top.tsx";
import { TransferWindow } from "./Transfer.tsx";
import { TrialPage } from "./Trial.tsx";

const PAGES: Record<Page, () => preact.JSX.Element | null> = {
  entries: Entries,
  try: TrialPage,
  publish: Publish,
  inbox: InboxPage,
  insights: InsightsPage,
  audit: Audit,
};

export function App() {
  const { studio, language, say, speak } = useScreen();
  useTitle();
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  if (studio.phase === "starting") return <p class="starting">{say("starting")}</p>;
  if (studio.phase === "signed_out") {
    const signIn = (name: string, password: string, totp: string) => studio.signIn(name, password, totp);
    return <SignIn title={say("signInTitle")} api={studio.api} language={language} signIn={signIn} speak={speak} />;
  }
  if (!studio.mayRead) return <NotAnEditor />;
  const { page, key } = studio.route;
  const Shown = page === "entries" && key !== null ? Editor : PAGES[page];
  return (
    <div class="studio">
      <Top />
      <Shown key={`${page} ${key ?? ""}`} />
      <Windows />
      <Toasts />
    </div>
  );
}

/** One window at a time; what would be lost comes first. */
function Windows() {
  const { studio, open } = useScreen();
  if (studio.editing?.conflict) return <ConflictWindow editing={studio.editing} conflict={studio.editing.conflict} />;
  if (studio.leaving) return <LeaveWindow />;
  if (open === null) return null;
  if (open.name === "new") return <NewWindow {...(open.group !== undefined && { group: open.group })} />;
  if (open.name === "transfer") return <TransferWindow />;
  return <QuestionWindow question={open.question} />;
}

function NotAnEditor() {
  const { studio, say } = useScreen();
  return (
    <main class="sign-in">
      <p>{say("notAnEditor")}</p>
      <button type="button" class="primary" onClick={() => void studio.signOut()}>
        {say("signOut")}
      </button>
    </main>
  );
}

function Toasts() {
  const { studio, language, say } = useScreen();
  return (
    <div class="toasts" role="status" aria-live="polite">
      {studio.toasts.map(({ id, kind, text }) => (
        <p key={id} class={`toast ${kind}`}>
          <Icon name={kind === "good" ? "done" : "alert"} size={16} />
          <span>{text[language]}</span>
          <button type="button" class="icon-button tiny" aria-label={say("dismiss")} onClick={() => studio.dismiss(id)}>
            <Icon name="close" size={13} />
          </button>
        </p>
      ))}
    </div>
  );
}

function useTitle(): void {
  const { studio, say } = useScreen();
  const { editing, phase, route } = studio;
  const entry = route.key !== null && editing ? `${editing.isUnsaved ? "• " : ""}${titled(editing.mine.title, editing.mine.key)} · ` : "";
  const title = phase === "signed_in" ? `${entry}${say(`page_${route.page}`)} · ${say("title")}` : say("signInTitle");
  useEffect(() => {
    document.title = `${title} · ${say("product")}`;
  }, [title]);
}
