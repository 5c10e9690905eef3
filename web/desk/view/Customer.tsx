import { useState } from "preact/hooks";

import type { CustomerView, Opened, OrderView, Past, Way } from "../../shared/desk.ts";
import { channelIcon, Icon } from "../../shared/staff/icons.tsx";
import { goods, money, sentence } from "../format.ts";
import { itemOf } from "../state.ts";
import { date, moment } from "../../shared/staff/time.ts";
import { word } from "../words.ts";
import { Copyable, Part } from "./Parts.tsx";
import { nameOf, useScreen } from "./screen.ts";

export function CustomerPanel({ opened }: { opened: Opened }) {
  const { language, say } = useScreen();
  const { customer } = opened;
  const isKnown = customer.id !== null || customer.name !== null;
  return (
    <>
      <Profile customer={customer} conversation={opened.conversation.id} />
      <Tags opened={opened} />
      {(customer.incomplete || opened.packet?.customer.incomplete) && <p class="limit above">{say("incomplete")}</p>}
      {isKnown ? (
        <Part title={say("orders")} icon="parcel" class="orders">
          {customer.orders.length === 0 ? (
            <p class="none">{say("noOrders")}</p>
          ) : (
            <ul>
              {customer.orders.map((order) => (
                <OrderRow key={order.number} order={order} />
              ))}
            </ul>
          )}
        </Part>
      ) : (
        <p class="none">{say("unknownCustomerHint")}</p>
      )}
      {customer.returns.length > 0 && (
        <Part title={say("returns")} class="returns">
          <ul>
            {customer.returns.map((one, at) => (
              <li key={at}>{returnWords(one, language)}</li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={say("past")} icon="clock" class="past">
        {customer.past.length === 0 ? (
          <p class="none">{say("noPast")}</p>
        ) : (
          <ul>
            {customer.past.map((past) => (
              <PastRow key={`${past.conversation}-${past.episode}`} past={past} />
            ))}
          </ul>
        )}
      </Part>
      <Channels opened={opened} />
    </>
  );
}

function Profile({ customer, conversation }: { customer: CustomerView; conversation: string }) {
  const { language, say } = useScreen();
  const name = nameOf({ customer: { name: customer.name, tier: null, known_by: "" }, conversation }, say);
  const proof = customer.known_by;
  return (
    <header class="profile">
      <span class="avatar large">{[...name][0]}</span>
      <div>
        <h3>{name}</h3>
        <p class="chips">
          {customer.tier && <span class={`chip tier-${customer.tier}`}>{word("tier", customer.tier, language)}</span>}
          <span class={proof === "nothing" ? "chip warn" : "chip good"}>
            <Icon name="shield" size={13} /> {word("proof", proof, language)}
          </span>
        </p>
      </div>
      {(customer.phone || customer.email) && (
        <dl>
          {customer.phone && (
            <div>
              <dt>{say("phone")}</dt>
              <dd>
                <Copyable value={customer.phone} what={say("phone")} />
              </dd>
            </div>
          )}
          {customer.email && (
            <div>
              <dt>{say("email")}</dt>
              <dd>
                <Copyable value={customer.email} what={say("email")} />
              </dd>
            </div>
          )}
        </dl>
      )}
    </header>
  );
}

function Tags({ opened }: { opened: Opened }) {
  const { desk, say } = useScreen();
  const [isAdding, setAdding] = useState(false);
  const conversation = opened.conversation.id;
  const item = itemOf(desk.state, conversation);
  const own = item?.tags ?? [];
  const given = opened.customer.tags.filter((tag) => !own.includes(tag));
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const tag = String(new FormData(form).get("tag") ?? "").trim();
    setAdding(false);
    if (tag && (await desk.try({ t: "tag", conversation, add: tag }))) void desk.fetch(conversation);
  };
  const remove = async (tag: string) => {
    if (await desk.try({ t: "tag", conversation, remove: tag })) void desk.fetch(conversation);
  };
  return (
    <div class="tags" role="group" aria-label={say("tags")}>
      {given.map((tag) => (
        <span class="chip" key={tag}>
          {tag}
        </span>
      ))}
      {own.map((tag) => (
        <span class="chip own" key={tag}>
          {tag}
          <button type="button" aria-label={say("removeTag", { tag })} title={say("removeTag", { tag })} onClick={() => void remove(tag)}>
            <Icon name="close" size={11} />
          </button>
        </span>
      ))}
      {isAdding ? (
        <form onSubmit={(event) => void add(event)}>
          <input name="tag" maxLength={30} aria-label={say("addTag")} autoFocus onBlur={() => setAdding(false)} />
        </form>
      ) : (
        item && (
          <button type="button" class="link" onClick={() => setAdding(true)}>
            + {say("addTag")}
          </button>
        )
      )}
    </div>
  );
}

function OrderRow({ order }: { order: OrderView }) {
  const { language, say } = useScreen();
  const status = order.status_words?.[language] ?? word("status", order.status, language);
  return (
    <li>
      <p>
        <Copyable value={order.number} what={say("order")} />
        <span class={`chip status-${order.status}`}>{status}</span>
      </p>
      <p class="order-goods">{order.goods.map((name) => goods(name, language)).join(language === "zh" ? "、" : ", ")}</p>
      <small>
        {money(order.total)} · {say("placedOn", { date: date(new Date(order.placed_on), language) })}
        {order.tracking && ` · ${say("tracking", { number: order.tracking })}`}
      </small>
    </li>
  );
}

function PastRow({ past }: { past: Past }) {
  const { desk, language, say } = useScreen();
  const at = new Date(past.at);
  return (
    <li>
      <p>
        <time dateTime={past.at}>{moment(at, new Date(), language)}</time>
        {past.reason && <span>{word("reason", past.reason, language)}</span>}
        {past.resolved !== null && <span class={past.resolved ? "chip good" : "chip warn"}>{say(past.resolved ? "resolved" : "unresolved")}</span>}
        {past.conversation !== desk.open && (
          <button type="button" class="link" onClick={() => desk.show(past.conversation)}>
            {say("viewPast")}
          </button>
        )}
      </p>
      <small>{sentence(past.summary, language)}</small>
    </li>
  );
}

function Channels({ opened }: { opened: Opened }) {
  const { language, say } = useScreen();
  const { channels, perhaps_also: perhaps = [] } = opened.customer;
  if (channels.length === 0 && perhaps.length === 0) return null;
  return (
    <Part title={say("channels")} class="channels">
      <ul>
        {channels.map((way, at) => (
          <WayRow key={way.link ?? `at-${at}`} way={way} conversation={opened.conversation.id} />
        ))}
      </ul>
      {perhaps.length > 0 && (
        <p class="none">{say("perhapsAlso", { channels: perhaps.map((one) => word("channel", one, language)).join(", ") })}</p>
      )}
    </Part>
  );
}

function WayRow({ way, conversation }: { way: Way; conversation: string }) {
  const { desk, language, say } = useScreen();
  const channel = word("channel", way.channel, language);
  const link = way.link ?? null;
  const how = way.how && way.since ? say("byLink", { day: date(new Date(way.since), language), how: word("link", way.how, language) }) : "";
  const end = async (undo: boolean) => {
    if (link === null || !window.confirm(say(undo ? "undoLinkSure" : "unlinkSure", { channel }))) return;
    await desk.endLink(conversation, link, undo);
  };
  return (
    <li>
      <Icon name={channelIcon(way.channel)} size={15} /> {channel} <small>{[way.address, how].filter(Boolean).join(" · ")}</small>
      {desk.isSupervisor && link !== null && (
        <button type="button" class="link" onClick={() => void end(false)}>
          {say("unlink")}
        </button>
      )}
      {desk.isSupervisor && link !== null && way.can_undo && (
        <button type="button" class="link" onClick={() => void end(true)}>
          {say("undoLink")}
        </button>
      )}
    </li>
  );
}

function returnWords(one: CustomerView["returns"][number], language: "zh" | "en"): string {
  if (typeof one === "string") return one;
  return [one.rma ?? one.number, one.order, one.status && word("status", one.status, language)].filter(Boolean).join(" · ");
}
