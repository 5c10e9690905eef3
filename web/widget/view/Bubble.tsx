import type { Line } from "../../shared/protocol.ts";
import { besides, cardsIn } from "../cards.ts";
import type { Pending } from "../chat.ts";
import type { Place } from "../groups.ts";
import { safeImage } from "../../shared/links.ts";
import { clock } from "../time.ts";
import { CardView } from "./Cards.tsx";
import { FileView } from "./Files.tsx";
import { Icon } from "./icons.tsx";
import { useTalk } from "./talk.ts";
import { Text } from "../../shared/Text.tsx";

export function Bubble({ place, isLive }: { place: Place; isLive: boolean }) {
  const { say } = useTalk();
  const { line } = place;
  if (line.who === "system") {
    return (
      <li class="system" data-seq={line.seq}>
        <Text text={line.text ?? ""} />
      </li>
    );
  }
  const name = { customer: say("you"), bot: say("bot"), agent: line.name ?? say("agent") }[line.who];
  return (
    <li class={`line ${line.who}${place.opens ? " opens" : ""}`} data-seq={line.seq}>
      <span class={line.who === "agent" && place.opens ? "who" : "who unseen"}>{name}</span>
      <Content line={line} />
      {line.buttons && line.buttons.length > 0 && <Buttons line={line} isLive={isLive} />}
      {place.closes && <Foot line={line} />}
    </li>
  );
}

/** What the customer wrote and the server has not told back yet. */
export function PendingBubble({ pending }: { pending: Pending }) {
  const { session, language, say } = useTalk();
  const isFailed = pending.state === "failed";
  return (
    <li class="line customer opens" data-client={pending.frame.id}>
      <span class="who unseen">{say("you")}</span>
      <div class={isFailed ? "bubble failed" : "bubble"}>
        <Text text={pending.shown} />
      </div>
      <p class="meta" role={isFailed ? "alert" : undefined}>
        {isFailed ? (
          <>
            <Icon name="alert" size={14} /> {pending.reason?.[language] ?? say("failed")}
            <button type="button" class="link" onClick={() => session.again(pending.frame.id)}>
              {say("again")}
            </button>
            <button type="button" class="link" onClick={() => session.discard(pending.frame.id)}>
              {say("remove")}
            </button>
          </>
        ) : (
          <Mark state={pending.state === "delivered" ? "delivered" : "sending"} />
        )}
      </p>
    </li>
  );
}

function Content({ line }: { line: Line }) {
  const image = line.image && safeImage(line.image);
  const cards = cardsIn(line.custom);
  return (
    <>
      {line.text && (
        <div class="bubble">
          <Text text={besides(line.text, cards)} />
        </div>
      )}
      {image && (
        <div class="picture">
          <img src={image} alt="" loading="lazy" />
        </div>
      )}
      {cards.map((card, at) => (
        <CardView key={at} card={card} />
      ))}
      {line.files?.map((file) => (
        <FileView key={file.id} file={file} />
      ))}
    </>
  );
}

/** Each offer can be taken once: the next message of the customer, whichever it is, ends it. */
function Buttons({ line, isLive }: { line: Line; isLive: boolean }) {
  const { session } = useTalk();
  return (
    <div class="buttons">
      {line.buttons?.map((button) => (
        <button type="button" key={button.payload} disabled={!isLive} onClick={() => session.press(button)}>
          {button.title}
        </button>
      ))}
    </div>
  );
}

function Foot({ line }: { line: Line }) {
  const { session, language, say } = useTalk();
  const at = new Date(line.at);
  return (
    <div class="meta">
      <time dateTime={line.at}>{clock(at, language)}</time>
      {line.who === "customer" && <Mark state={line.seq <= session.chat.readBy ? "read" : "delivered"} />}
      {line.who === "bot" && (
        <span class="thumbs" role="group" aria-label={say("feedback")}>
          <Thumb line={line} up={true} />
          <Thumb line={line} up={false} />
        </span>
      )}
    </div>
  );
}

function Thumb({ line, up }: { line: Line; up: boolean }) {
  const { session, say } = useTalk();
  const isPressed = line.thumb === up;
  return (
    <button
      type="button"
      class="icon-button small"
      aria-pressed={isPressed}
      aria-label={say(up ? "helpful" : "unhelpful")}
      title={say(up ? "helpful" : "unhelpful")}
      onClick={() => session.thumb(line.seq, isPressed ? null : up)}
    >
      <Icon name={up ? "up" : "down"} size={15} />
    </button>
  );
}

function Mark({ state }: { state: "sending" | "delivered" | "read" }) {
  const { say } = useTalk();
  const icon = { sending: "waiting", delivered: "check", read: "checks" } as const;
  return (
    <span class={`mark ${state}`} title={say(state)}>
      <Icon name={icon[state]} size={14} />
      <span class="unseen">{say(state)}</span>
    </span>
  );
}
