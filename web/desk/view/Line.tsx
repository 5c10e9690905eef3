import type { Line, Understood } from "../../shared/desk.ts";
import { safeImage } from "../../shared/links.ts";
import type { SentFile } from "../../shared/protocol.ts";
import { channelIcon, Icon } from "../../shared/staff/icons.tsx";
import { Text } from "../../shared/Text.tsx";
import { fact } from "../format.ts";
import type { Place } from "../groups.ts";
import type { Pending } from "../state.ts";
import { clock } from "../../shared/staff/time.ts";
import { word } from "../words.ts";
import { colleagueNamed, useScreen } from "./screen.ts";

export function LineView({ place, isRead, isOneOfMany = false }: { place: Place; isRead: boolean; isOneOfMany?: boolean }) {
  const { language, say } = useScreen();
  const { line } = place;
  if (line.who === "system") {
    return (
      <li class="line system" data-seq={line.seq}>
        <Text text={line.text ?? ""} />
      </li>
    );
  }
  return (
    <li class={`line ${line.who}${place.opens ? " opens" : ""}`} data-seq={line.seq}>
      {place.opens && (
        <p class="line-head">
          <Speaker line={line} />
          {line.who === "customer" && isOneOfMany && <Channel line={line} />}
          <time dateTime={line.at}>{clock(new Date(line.at), language)}</time>
        </p>
      )}
      {line.understood && <Understanding of={line.understood} />}
      {line.text && (
        <div class="bubble">
          <Text text={line.text} />
        </div>
      )}
      <Extras line={line} />
      {line.who === "agent" && isRead && (
        <span class="mark read" title={say("read")}>
          <Icon name="checks" size={14} />
          <span class="unseen">{say("read")}</span>
        </span>
      )}
    </li>
  );
}

/** By which channel a line came, where there are several. */
function Channel({ line }: { line: Line }) {
  const { language, say } = useScreen();
  if (!line.channel) return null;
  return (
    <span class="by-channel" title={line.level && say("provenLevel", { level: line.level })}>
      <Icon name={channelIcon(line.channel)} size={13} /> {word("channel", line.channel, language)}
      {line.level && <small>{line.level}</small>}
    </span>
  );
}

function Speaker({ line }: { line: Line }) {
  const { desk, say } = useScreen();
  if (line.who === "customer") return <b class="unseen">{say("customer")}</b>;
  if (line.who === "bot") {
    return (
      <b>
        <Icon name="bot" size={14} /> {say("botSays")}
      </b>
    );
  }
  const { zh, en } = desk.state.me?.shown_as ?? { zh: "", en: "" };
  const name = line.name === zh || line.name === en ? say("you_said") : colleagueNamed(line.name ?? "");
  if (line.who === "agent") return <b>{name || say("agent")}</b>;
  const kind = say(line.kind === "whisper" ? "whisper" : "note");
  return (
    <b>
      <Icon name={line.kind === "whisper" ? "whisper" : "note"} size={14} /> {name ? `${name} · ${kind}` : kind}
      <small>{say("noteOnly")}</small>
    </b>
  );
}

function Extras({ line }: { line: Line }) {
  const { say } = useScreen();
  const image = line.image && safeImage(line.image);
  return (
    <>
      {image && (
        <a class="picture" href={image} target="_blank" rel="noopener noreferrer">
          <img src={image} alt={say("image", { name: "" })} loading="lazy" />
        </a>
      )}
      {line.files?.map((file) => (
        <FileView key={file.id} file={file} />
      ))}
      {line.buttons && line.buttons.length > 0 && (
        <ul class="offered">
          {line.buttons.map((button, at) => (
            <li key={at}>{button.title}</li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What the bot made of a message; all of it on hover or on opening. */
function Understanding({ of }: { of: Understood }) {
  const { language, say } = useScreen();
  const isUnsure = of.intent === "nlu_fallback" || of.intent === "";
  const entities = Array.isArray(of.entities)
    ? of.entities.map(({ entity, value }) => [entity, value] as const)
    : Object.entries(of.entities ?? {});
  const share = `${Math.round(of.confidence * 100)}%`;
  return (
    <details class={isUnsure ? "understood unsure" : "understood"}>
      <summary title={say("understood")}>
        {isUnsure ? say("notUnderstood") : `${word("wish", of.intent, language)} · ${share}`}
      </summary>
      <dl>
        <div>
          <dt>{say("understood")}</dt>
          <dd>
            <code>{of.intent || "–"}</code> {share}
          </dd>
        </div>
        {entities.map(([name, value]) => (
          <div key={name}>
            <dt>{word("fact", name, language)}</dt>
            <dd>{fact(name, value, language)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** The agent's words until the server has given them a number. */
export function PendingView({ pending }: { pending: Pending }) {
  const { desk, language, say } = useScreen();
  const { frame, state, why } = pending;
  const isFailed = state === "failed";
  const who = frame.t === "say" ? "agent" : "note";
  const isDown = desk.state.reach !== "online";
  return (
    <li class={`line ${who} opens pending${isFailed ? " failed" : ""}`}>
      {frame.text && (
        <div class="bubble">
          <Text text={frame.text} />
        </div>
      )}
      {frame.t === "say" && frame.files && <p class="line-head">{`${say("attachments")} × ${frame.files.length}`}</p>}
      <p class="line-foot" role={isFailed ? "alert" : undefined}>
        {isFailed ? (
          <>
            <Icon name="alert" size={14} /> {why?.[language] ?? say("failed")}
            <button type="button" class="link" onClick={() => desk.again(frame)}>
              {say("resend")}
            </button>
            <button type="button" class="link" onClick={() => desk.discard(frame.client_id)}>
              {say("discard")}
            </button>
          </>
        ) : (
          <>
            <Icon name={state === "delivered" ? "check" : "clock"} size={14} />
            {state === "delivered" ? say("delivered") : isDown ? say("waitsForLine") : say("sending")}
          </>
        )}
      </p>
    </li>
  );
}

export function FileView({ file }: { file: SentFile }) {
  const { say } = useScreen();
  if (!isOurs(file.url)) return <span class="file">{file.name}</span>;
  const isImage = /^image\/(png|jpeg|gif|webp)$/u.test(file.type);
  return (
    <a class={isImage ? "picture" : "file"} href={file.url} target="_blank" rel="noopener noreferrer">
      {isImage ? (
        <img src={file.url} alt={say("image", { name: file.name })} width={file.width} height={file.height} loading="lazy" />
      ) : (
        <>
          <Icon name="file" /> <span>{file.name}</span> <small>{size(file.bytes)}</small>
        </>
      )}
    </a>
  );
}

/** Files come from our own server; an address elsewhere would be somebody's trick. */
function isOurs(url: string): boolean {
  return /^\/(?:web|api\/desk)\/files\/[\w-]+(\?|$)/u.test(url);
}

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
