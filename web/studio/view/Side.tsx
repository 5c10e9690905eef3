import { useState } from "preact/hooks";

import type { Editing } from "../editing.ts";
import { Changes } from "./Changes.tsx";
import { History } from "./History.tsx";
import { PreviewPanel } from "./Preview.tsx";
import { useScreen } from "./screen.ts";
import { TrialPanel } from "./Trial.tsx";

const TABS = ["preview", "changes", "trial", "history"] as const;
type Tab = (typeof TABS)[number];

/** Beside the words: how they look, what the bot makes of questions, and how they came to be. */
export function Side({ editing }: { editing: Editing }) {
  const { say } = useScreen();
  const [tab, setTab] = useState<Tab>(editing.base.status === "review" ? "changes" : "preview");
  const keyed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] ?? tab;
    setTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <aside class="side" aria-label={say("side")}>
      <div class="tabs" role="tablist" onKeyDown={keyed}>
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={tab === one}
            aria-controls="side-panel"
            tabIndex={tab === one ? 0 : -1}
            onClick={() => setTab(one)}
          >
            {say(one)}
          </button>
        ))}
      </div>
      <div class="side-panel" role="tabpanel" id="side-panel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {tab === "preview" && <PreviewPanel editing={editing} />}
        {tab === "changes" && <Changes published={editing.base.published ?? null} draft={editing.mine} />}
        {tab === "trial" && <TrialPanel entry={editing.mine} />}
        {tab === "history" && <History editing={editing} />}
      </div>
    </aside>
  );
}
