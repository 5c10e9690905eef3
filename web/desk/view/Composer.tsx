import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Item } from "../../shared/desk.ts";
import type { SentFile } from "../../shared/protocol.ts";
import { Refused } from "../../shared/staff/api.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { Menu } from "../../shared/staff/Menu.tsx";
import { filled, missing } from "../canned.ts";
import { fact } from "../format.ts";
import { itemOf, talkOf } from "../state.ts";
import { word } from "../words.ts";
import { Picker, useOptions } from "./Picker.tsx";
import { colleague, nameOf, type Say, useScreen } from "./screen.ts";
import { Suggestions } from "./Suggestions.tsx";

const MOST_PIXELS = 220;
const MOST_TEXT = 4000;

type Mode = "reply" | "note" | "whisper";
type Attached = { key: number; name: string; sent: SentFile | null; fault: string | null };

export function Composer({ conversation, dropped }: { conversation: string; dropped: { files: File[]; at: number } }) {
  const { desk, focus, say } = useScreen();
  const { state, kept } = desk;
  const item = itemOf(state, conversation);
  const begun = useRef(kept.draft(conversation));
  const [text, setText] = useState(begun.current.text);
  const [cursor, setCursor] = useState(0);
  const [wanted, setWanted] = useState<Mode>(begun.current.isNote ? "note" : "reply");
  const [hasFocus, setFocus] = useState(false);
  const [files, setFiles] = useState<readonly Attached[]>([]);
  const field = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const number = useRef(0);

  const rights = rightsOf(item, state.me?.id ?? "", desk.isSupervisor, desk.hasJoined(conversation));
  const mode = rights.modes.includes(wanted) ? wanted : (rights.modes[0] ?? "note");
  const sent = files.flatMap((file) => (file.sent ? [file.sent] : []));
  const isUploading = files.some((file) => !file.sent && !file.fault);
  const length = [...text].length;
  const canSend = isSendable(text);

  const change = (next: string, at = next.length) => {
    setText(next);
    setCursor(at);
    kept.setDraft(conversation, { text: next, isNote: mode === "note" });
    if (mode === "reply" && rights.modes.includes("reply")) desk.drafted(conversation, next);
  };
  const put = (next: string, from: number, to: number) => {
    change(next, to);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(from, to);
    });
  };
  const insert = (words: string, from: number, to: number) => {
    const made = filled(words, valuesFor(conversation));
    const gap = missing(made);
    const next = text.slice(0, from) + made + text.slice(to);
    put(next, gap ? from + gap.from : from + made.length, gap ? from + gap.to : from + made.length);
  };
  const turn = (next: Mode) => {
    setWanted(next);
    kept.setDraft(conversation, { text, isNote: next === "note" });
    if (next !== "reply") desk.drafted(conversation, "");
    field.current?.focus();
  };
  const options = useOptions({ hasFocus, text, cursor, mode, insert, put });

  useEffect(() => {
    if (focus.wish === 0) return;
    if (focus.on === "note" || rights.modes.includes("reply")) turn(focus.on);
    field.current?.focus();
  }, [focus.wish]);
  useEffect(() => {
    if (dropped.at > 0) attach(dropped.files);
  }, [dropped.at]);
  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, MOST_PIXELS)}px`;
  }, [text]);

  /** Files go to the customer: there are none in notes. */
  function attach(given: Iterable<File>): void {
    if (!rights.modes.includes("reply")) return;
    if (mode !== "reply") turn("reply");
    for (const file of given) {
      number.current += 1;
      const key = number.current;
      const set = (as: Partial<Attached>) => setFiles((all) => all.map((one) => (one.key === key ? { ...one, ...as } : one)));
      setFiles((all) => [...all, { key, name: file.name, sent: null, fault: null }]);
      desk.api.upload(file).then(
        (stored) => set({ sent: stored }),
        (error: unknown) => {
          const why = error instanceof Refused ? error.message : "";
          set({ fault: why ? say("uploadFailedWhy", { name: file.name, why }) : say("uploadFailed", { name: file.name }) });
        },
      );
    }
  }

  function isSendable(words: string): boolean {
    const isFull = words.trim() !== "" || (mode === "reply" && sent.length > 0);
    return rights.modes.length > 0 && isFull && [...words].length <= MOST_TEXT && !isUploading;
  }

  function send(): void {
    const written = field.current?.value ?? text; // who is quicker than the screen is drawn loses nothing
    if (!isSendable(written)) return;
    const gap = mode === "reply" ? missing(written) : null;
    if (gap) {
      put(written, gap.from, gap.to); // a variable nobody has filled in is no word for a customer
      return;
    }
    const words = written.trim();
    if (mode === "reply") desk.say(conversation, words, sent);
    else if (mode === "note") desk.note(conversation, words, mentioned(words));
    else desk.whisper(conversation, words);
    setText("");
    setFiles([]);
    kept.setDraft(conversation, { text: "", isNote: mode === "note" });
    field.current?.focus();
  }

  function mentioned(words: string): string[] {
    return Object.values(state.agents)
      .filter((agent) => words.includes(`@${colleague(agent)}`))
      .map((agent) => agent.id);
  }

  function valuesFor(of: string) {
    const talk = talkOf(state, of).opened;
    const known = talk?.packet?.slots.find((slot) => slot.name === "order_number")?.value;
    return {
      customer_name: item?.customer.name ?? talk?.customer.name ?? null,
      order_number: typeof known === "string" ? known : null,
      agent_name: state.me?.shown_as[item?.language ?? "zh"] ?? null,
    };
  }

  const keyed = (event: KeyboardEvent) => {
    // Enter that ends the choosing of a Chinese character sends nothing
    if (event.isComposing || event.keyCode === 229) return;
    if (options.keyed(event)) return;
    if (event.key === "Escape") field.current?.blur();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    send();
  };

  return (
    <section class={`composer ${mode}`} aria-label={say(mode)}>
      {rights.modes.includes("reply") && mode === "reply" && <Suggestions conversation={conversation} use={(words) => insert(words, 0, text.length)} />}
      <div class="composer-box">
        {options.isOpen && <Picker {...options} />}
        <div class="modes" role="tablist">
          {rights.modes.map((each) => (
            <button type="button" role="tab" key={each} aria-selected={mode === each} onClick={() => turn(each)}>
              {each !== "reply" && <Icon name={each === "note" ? "note" : "whisper"} size={14} />}
              {say(each)}
            </button>
          ))}
          {rights.why && <small>{rights.why(say)}</small>}
        </div>
        <textarea
          ref={field}
          rows={2}
          value={text}
          disabled={rights.modes.length === 0}
          placeholder={placeholder(mode, item, conversation, say)}
          aria-label={say(mode)}
          aria-invalid={length > MOST_TEXT}
          {...options.aria}
          autoComplete="off"
          onInput={(event) => change(event.currentTarget.value, event.currentTarget.selectionStart)}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
          onKeyDown={keyed}
          onFocus={() => setFocus(true)}
          onBlur={() => setFocus(false)}
          onPaste={(event) => {
            const given = event.clipboardData?.files;
            if (!given?.length || mode !== "reply") return;
            event.preventDefault();
            attach(given);
          }}
        />
        {files.length > 0 && (
          <ul class="attached">
            {files.map((file) => (
              <li key={file.key} class={file.fault ? "fault" : ""}>
                <Icon name="file" size={14} />
                <span role={file.fault ? "alert" : "status"}>
                  {file.fault ?? (file.sent ? file.name : say("uploading", { name: file.name }))}
                </span>
                <button type="button" class="icon-button small" aria-label={say("remove")} onClick={() => setFiles((all) => all.filter((one) => one !== file))}>
                  <Icon name="close" size={12} />
                </button>
              </li>
            ))}
          </ul>
        )}
        {mode === "reply" && <Hint conversation={conversation} />}
        <div class="tools">
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            onChange={(event) => {
              attach(event.currentTarget.files ?? []);
              event.currentTarget.value = "";
            }}
          />
          {mode === "reply" && (
            <button type="button" class="icon-button" aria-label={say("attach")} title={say("attach")} onClick={() => chooser.current?.click()}>
              <Icon name="attach" />
            </button>
          )}
          {mode === "reply" && (
            <button
              type="button"
              class="icon-button"
              aria-label={say("canned")}
              title={say("canned")}
              onClick={() => put(text === "" || /\s$/u.test(text) ? `${text}/` : `${text} /`, text.length + 2, text.length + 2)}
            >
              <Icon name="slash" />
            </button>
          )}
          {rights.modes.includes("reply") && <Macros conversation={conversation} />}
          {length > MOST_TEXT && (
            <small class="fault" role="status">
              {say("tooLong", { over: length - MOST_TEXT })}
            </small>
          )}
          <button type="button" class="primary send" disabled={!canSend} onClick={send}>
            {say(mode === "reply" ? "send" : mode === "note" ? "addNote" : "whisper")} <kbd>↵</kbd>
          </button>
        </div>
      </div>
    </section>
  );
}

function Macros({ conversation }: { conversation: string }) {
  const { desk, language, say } = useScreen();
  const { macros } = desk.shelf;
  if (macros.length === 0) return null;
  const entries = macros.map((macro) => ({
    label: macro.label[language],
    ...(macro.does && { hint: macro.does[language] }),
    icon: "bolt" as const,
    press: () => void desk.try({ t: "macro", conversation, macro: macro.id, client_id: crypto.randomUUID() }),
  }));
  return (
    <Menu label={say("macros")} entries={entries} side="up">
      <Icon name="bolt" />
    </Menu>
  );
}

/** Before it is sent: the customer has already said what is being asked. */
function Hint({ conversation }: { conversation: string }) {
  const { desk, language, say } = useScreen();
  const { hint } = talkOf(desk.state, conversation);
  if (hint.length === 0) return null;
  return (
    <p class="hint" role="status">
      <Icon name="bulb" size={16} />
      <span>
        {say("hintTitle")}
        {hint.map((one) => (
          <b key={one.field}>{hintWords(one, language)}</b>
        ))}
      </span>
    </p>
  );
}

function placeholder(mode: Mode, item: Item | null, conversation: string, say: Say): string {
  if (mode === "note") return say("writeNote");
  if (mode === "whisper") return say("writeWhisper", { name: colleague(item?.agent) || say("agent") });
  return say("writeReply", { name: item ? nameOf(item, say) : say("visitor", { tail: conversation.slice(-4) }) });
}

/** What may be written here, and why no more. */
function rightsOf(item: Item | null, me: string, isSupervisor: boolean, hasJoined: boolean): { modes: Mode[]; why?: (say: Say) => string } {
  if (!item) return { modes: [], why: (say) => say("withBotNow") };
  if (item.state === "closed") return { modes: ["note"], why: (say) => say("endedNow") };
  if (item.state === "waiting") return { modes: ["note"], why: (say) => say("claimFirst") };
  if (item.agent?.id === me) return { modes: ["reply", "note"] };
  if (hasJoined) return { modes: ["reply", "whisper", "note"] };
  if (isSupervisor) return { modes: ["whisper", "note"], why: (say) => say("takeOverFirst", { name: colleague(item.agent) }) };
  return { modes: ["note"] };
}

function hintWords(one: { field: string; value: string; where: string }, language: "zh" | "en"): string {
  return `${word("fact", one.field, language)} ${fact(one.field, one.value, language) ?? ""}`;
}
