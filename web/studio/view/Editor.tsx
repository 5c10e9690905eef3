import { useEffect, useState } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { type Entry as Command, Menu } from "../../shared/staff/Menu.tsx";
import { moment } from "../../shared/staff/time.ts";
import type { Editing } from "../editing.ts";
import { hashOf } from "../route.ts";
import { word } from "../words.ts";
import { Answers } from "./Answers.tsx";
import { DetailsPart } from "./Details.tsx";
import { FaultList } from "./Faults.tsx";
import { titled, useScreen } from "./screen.ts";
import { Side } from "./Side.tsx";
import { StatusChip } from "./StatusChip.tsx";
import { Wordings } from "./Wordings.tsx";

/** One entry: its words in the middle, and beside them how they look, work and came to be. */
export function Editor() {
  const { studio, say } = useScreen();
  const { editing } = studio;
  // on a narrow screen there is room for one of the two
  const [isBeside, setBeside] = useState(false);
  useSaving(editing);
  if (editing === null) return <Unopened />;
  const { mine } = editing;
  return (
    <div class={isBeside ? "editor beside" : "editor"}>
      <Head editing={editing} />
      <div class="editor-switch" role="group" aria-label={say("side")}>
        <button type="button" aria-pressed={!isBeside} onClick={() => setBeside(false)}>
          {say("edit")}
        </button>
        <button type="button" aria-pressed={isBeside} onClick={() => setBeside(true)}>
          {say("preview")} · {say("trial")} · {say("history")}
        </button>
      </div>
      <main class="editor-main" aria-label={titled(mine.title, mine.key)}>
        <Notices editing={editing} />
        <FaultList editing={editing} />
        <fieldset class="form" disabled={!studio.mayEdit}>
          <Answers editing={editing} />
          {mine.kind === "faq" && <Wordings editing={editing} />}
          {mine.kind === "faq" && <DetailsPart editing={editing} />}
        </fieldset>
        {mine.kind === "text" && (
          <p class="hint">
            {say("key")} <code>{mine.key}</code>
          </p>
        )}
      </main>
      <Side editing={editing} />
    </div>
  );
}

function Unopened() {
  const { studio, say } = useScreen();
  if (studio.unopened === null) {
    return (
      <p class="loading" role="status">
        {say("loading")}
      </p>
    );
  }
  return (
    <main class="nothing whole-page">
      <b>{say("notFound")}</b>
      {studio.unopened}
      <button type="button" class="secondary" onClick={() => studio.go("entries")}>
        {say("back")}
      </button>
    </main>
  );
}

function Head({ editing }: { editing: Editing }) {
  const { studio, language, say } = useScreen();
  const { base, mine } = editing;
  return (
    <header class="editor-head">
      <a
        class="icon-button"
        href={hashOf("entries")}
        aria-label={say("back")}
        title={say("back")}
        onClick={(event) => {
          event.preventDefault();
          studio.go("entries");
        }}
      >
        <Icon name="left" />
      </a>
      <div class="editor-name">
        <h2>{titled(mine.title, mine.key)}</h2>
        <p class="chips">
          <StatusChip entry={base} />
          <span class="chip">{word("topic", mine.topic, language)}</span>
          <small>{base.changed_at ? say("lastChange", { name: base.changed_by ?? "–", time: moment(new Date(base.changed_at), new Date(), language) }) : say("neverChanged")}</small>
        </p>
      </div>
      <div class="editor-do">
        <span class="editor-state" role="status">
          {say(!studio.mayEdit ? "readOnly" : editing.isBusy ? "saving" : editing.isUnsaved ? "unsaved" : "saved")}
        </span>
        {studio.mayEdit && (
          <button type="button" class="secondary" disabled={!editing.canSave} title="Ctrl S" onClick={() => void save(editing)}>
            {say("save")}
          </button>
        )}
        <Step editing={editing} />
        <More editing={editing} />
      </div>
    </header>
  );
}

/** The next step on the entry's way, for whoever may take it. */
function Step({ editing }: { editing: Editing }) {
  const { studio, say, show } = useScreen();
  const { base } = editing;
  const { api } = studio;
  const sendBack = (why: string) => void step(editing, () => api.step(base.key, "send_back", { why }));
  const sendingBack = studio.mayReview && (
    <button
      type="button"
      class="secondary"
      disabled={editing.isBusy}
      onClick={() => show({ name: "question", question: { title: say("sendBack"), hint: "", does: say("sendBack"), asksWhy: true, do: sendBack } })}
    >
      {say("sendBack")}
    </button>
  );
  if (base.status === "review" && !editing.isUnsaved) {
    if (!studio.mayReview) return null;
    return (
      <>
        {sendingBack}
        <button type="button" class="primary" disabled={editing.isBusy} onClick={() => void step(editing, () => api.step(base.key, "approve", { revision: base.revision }))}>
          <Icon name="check" size={16} /> {say("approve")}
        </button>
      </>
    );
  }
  if (base.status === "approved" && !editing.isUnsaved) {
    return (
      <>
        {sendingBack}
        <button type="button" class="primary" onClick={() => studio.go("publish")}>
          {say("goPublish")} <Icon name="right" size={16} />
        </button>
      </>
    );
  }
  if (!studio.mayEdit) return null;
  const hasNothing = base.status === "published" && !editing.isUnsaved;
  const ask = async () => {
    if (await editing.save()) await step(editing, () => api.step(base.key, "review"));
  };
  return (
    <button
      type="button"
      class="primary"
      disabled={hasNothing || editing.isBusy || editing.hasErrors}
      title={editing.hasErrors ? say("errorsFirst") : undefined}
      onClick={() => void ask()}
    >
      {say("askReview")}
    </button>
  );
}

function More({ editing }: { editing: Editing }) {
  const { studio, say, show } = useScreen();
  const { api } = studio;
  const { base } = editing;
  const discard = () =>
    void (base.is_new
      ? leave(() => api.step(base.key, "discard"))
      : step(editing, () => api.step(base.key, "discard")));
  const remove = () => void leave(() => api.remove(base.key, base.revision));
  const leave = async (ask: () => Promise<unknown>) => {
    try {
      await ask();
      editing.drop();
      studio.go("entries");
    } catch (error) {
      studio.told(error);
    }
  };
  const asked = (title: string, hint: string, does: string, act: () => void) =>
    show({ name: "question", question: { title, hint, does, do: act } });
  const commands: Command[] = [];
  if (editing.isUnsaved) commands.push({ label: say("revert"), icon: "back", press: () => void studio.reread() });
  if (base.status !== "published") {
    commands.push({ label: say("discard"), icon: "back", press: () => asked(say("discard"), say("discardAsk"), say("discard"), discard) });
  }
  if (base.kind === "faq" && !base.deleted) {
    commands.push({ label: say("remove"), icon: "trash", press: () => asked(say("remove"), say("removeAsk"), say("removeDo"), remove) });
  }
  if (commands.length === 0 || !studio.mayEdit) return null;
  return (
    <Menu label={say("moreActions")} entries={commands}>
      <Icon name="more" />
    </Menu>
  );
}

function Notices({ editing }: { editing: Editing }) {
  const { studio, language, say } = useScreen();
  const { base, others } = editing;
  const names = others.map((one) => one.name).join(language === "zh" ? "、" : ", ");
  return (
    <>
      {others.length > 0 && (
        <p class="notice">
          <Icon name="people" size={16} /> {say("othersHere", { names })}
        </p>
      )}
      {editing.isStale && (
        <p class="notice warn">
          <Icon name="alert" size={16} /> {others.length === 1 ? say("stale", { name: names }) : say("staleSomebody")}
        </p>
      )}
      {editing.isFound && (
        <p class="notice">
          <Icon name="note" size={16} /> {say("foundUnsaved")}
          <button type="button" class="link" onClick={() => void studio.reread()}>
            {say("revert")}
          </button>
        </p>
      )}
      {base.status === "review" && studio.mayReview && (
        <p class="notice">
          <Icon name="eye" size={16} /> {say("reviewHint", { name: base.changed_by ?? "–" })}
        </p>
      )}
      {base.status === "draft" && base.why && (
        <p class="notice warn">
          <Icon name="back" size={16} /> {say("sentBack", { why: base.why })}
        </p>
      )}
    </>
  );

}

/** Ctrl S saves, wherever the cursor is. */
function useSaving(editing: Editing | null): void {
  useEffect(() => {
    const keyed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (editing) void save(editing);
    };
    addEventListener("keydown", keyed);
    return () => removeEventListener("keydown", keyed);
  }, [editing]);
}

async function save(editing: Editing): Promise<void> {
  await editing.save();
}

async function step(editing: Editing, ask: Parameters<Editing["step"]>[0]): Promise<void> {
  await editing.step(ask);
}
