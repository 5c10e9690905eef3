import type { Known, Opened, Packet, Remark } from "../../shared/desk.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { fact, gist, rowsOf, sentence } from "../format.ts";
import { clock, date } from "../../shared/staff/time.ts";
import { mainWish, word } from "../words.ts";
import { Actions } from "./Actions.tsx";
import { Copyable, Part } from "./Parts.tsx";
import { useScreen } from "./screen.ts";

/** Values an agent types into other systems. */
const COPIED = new Set(["order_number", "tracking_number", "phone", "rma", "email"]);

/** What the bot hands over, in the order an agent needs it: what is wanted, what to do, what is known. */
export function PacketPanel({ opened }: { opened: Opened }) {
  const { say } = useScreen();
  const { packet } = opened;
  if (!packet) {
    return (
      <>
        <div class="panel-empty">
          <Icon name="inbox" size={28} />
          <p>{say("noPacket")}</p>
          <small>{say("noPacketHint")}</small>
        </div>
        <Actions opened={opened} />
      </>
    );
  }
  return (
    <>
      <Wanted packet={packet} />
      <Steps packet={packet} />
      <Facts packet={packet} />
      <Actions opened={opened} />
      <LookedUp packet={packet} />
      <Remarks title={say("tried")} remarks={packet.failed} tone="bad" />
      <Remarks title={say("promised")} remarks={packet.promised} tone="good" />
      <About packet={packet} />
    </>
  );
}

function Wanted({ packet }: { packet: Packet }) {
  const { language, say } = useScreen();
  const wish = mainWish(packet.wants);
  const proof = packet.customer.known_by;
  return (
    <section class="wanted">
      <h3>
        <small>{say("wants")}</small>
        {word("wish", wish ?? packet.wants.at(-1) ?? "human", language)}
      </h3>
      <p class="gist">{gist(packet, language)}</p>
      <p class="summary">{sentence(packet.summary, language)}</p>
      <p class="chips">
        <span class={`chip ${packet.priority}`}>{word("reason", packet.reason, language)}</span>
        <span class={proof === "nothing" ? "chip warn" : "chip good"} title={say("proof")}>
          <Icon name="shield" size={13} /> {word("proof", proof, language)}
        </span>
        {packet.mood && (
          <span class="chip high" title={say("mood")}>
            {word("mood", packet.mood, language)}
          </span>
        )}
        {!packet.in_hours && <span class="chip warn">{say("outOfHours")}</span>}
      </p>
      {packet.wants.length > 1 && (
        <ol class="trail" aria-label={say("trail")}>
          {packet.wants.slice(-6).map((name, at) => (
            <li key={at} class={name === wish ? "main" : ""}>
              {word("wish", name, language)}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Steps({ packet }: { packet: Packet }) {
  const { language, say } = useScreen();
  if (packet.next_steps.length === 0) return null;
  return (
    <Part title={say("nextSteps")} class="steps">
      <ul>
        {packet.next_steps.map((step) => (
          <li key={step}>
            <Icon name="right" size={14} /> {word("step", step, language)}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Facts({ packet }: { packet: Packet }) {
  const { language, say } = useScreen();
  const known = packet.slots.filter((slot) => fact(slot.name, slot.value, language) !== null);
  const proven = packet.customer.proven_orders ?? [];
  if (known.length === 0 && proven.length === 0) return null;
  return (
    <Part title={say("known")} hint={say("knownHint")} class="facts">
      <dl>
        {known.map((slot, at) => (
          <Fact key={slot.name} slot={slot} isRepeated={known[at - 1]?.said === slot.said} />
        ))}
        {proven.length > 0 && (
          <div>
            <dt>{say("provenOrders")}</dt>
            <dd>{proven.join(language === "zh" ? "、" : ", ")}</dd>
          </div>
        )}
      </dl>
    </Part>
  );
}

/** The customer's sentence stands once under the facts that came from it. */
function Fact({ slot, isRepeated }: { slot: Known; isRepeated: boolean }) {
  const { language, say } = useScreen();
  const shown = fact(slot.name, slot.value, language) ?? "";
  const name = word("fact", slot.name, language);
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {COPIED.has(slot.name) ? <Copyable value={shown} what={name} /> : shown}
        <small class="source" title={slot.said ? say("said", { words: slot.said }) : undefined}>
          {word("source", slot.source, language)}
        </small>
        {slot.said && slot.said !== shown && !isRepeated && <q>{slot.said}</q>}
      </dd>
    </div>
  );
}

function LookedUp({ packet }: { packet: Packet }) {
  const { language, say } = useScreen();
  const known = new Map(packet.slots.map((slot) => [slot.name, slot.value]));
  const entries = Object.entries(packet.looked_up ?? {}).filter(
    ([name, value]) => fact(name, value, language) !== null && known.get(name) !== value,
  );
  if (entries.length === 0) return null;
  return (
    <Part title={say("lookedUp")} class="facts">
      <dl>
        {entries.map(([name, value]) => (
          <div key={name} class={rowsOf(value).length > 0 ? "nested" : ""}>
            <dt>{word("fact", name, language)}</dt>
            <dd>{rowsOf(value).length > 0 ? <Rows rows={rowsOf(value)} /> : fact(name, value, language)}</dd>
          </div>
        ))}
      </dl>
    </Part>
  );
}

/** The items of an order, say: its name first, the rest under it. */
function Rows({ rows }: { rows: readonly Record<string, unknown>[] }) {
  const { language } = useScreen();
  return (
    <ul class="rows">
      {rows.map((row, at) => {
        const { name, ...rest } = row;
        const details = Object.entries(rest)
          .map(([key, value]) => [word("fact", key, language), fact(key, value, language)] as const)
          .filter(([, value]) => value !== null);
        return (
          <li key={at}>
            {fact("name", name, language) && <b>{fact("name", name, language)}</b>}
            <small>{details.map(([key, value]) => `${key} ${value}`).join(" · ")}</small>
          </li>
        );
      })}
    </ul>
  );
}

function Remarks({ title, remarks, tone }: { title: string; remarks: readonly Remark[]; tone: "good" | "bad" }) {
  if (remarks.length === 0) return null;
  return (
    <Part title={title} class={`remarks ${tone}`}>
      <ul>
        {remarks.map((remark, at) => (
          <li key={at}>
            <Icon name={tone === "good" ? "check" : "alert"} size={14} /> <span>{remark.text}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function About({ packet }: { packet: Packet }) {
  const { language, say } = useScreen();
  const at = new Date(packet.created_at);
  return (
    <p class="about">
      {say("number")} {packet.number} · {date(at, language)} {clock(at, language)}
    </p>
  );
}
