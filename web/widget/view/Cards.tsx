import type { Card, OrderCard, ProductCard, StoreCard } from "../cards.ts";
import { Icon } from "./icons.tsx";
import { useTalk } from "./talk.ts";

export function CardView({ card }: { card: Card }) {
  if (card.card === "order") return <Order card={card} />;
  return card.card === "store" ? <Store card={card} /> : <Product card={card} />;
}

function Order({ card }: { card: OrderCard }) {
  const { say } = useTalk();
  const { steps } = card;
  return (
    <article class="card" aria-label={`${say("order")} ${card.number}`}>
      <header>
        <Icon name="parcel" />
        <div>
          <strong>{card.status}</strong>
          <small>{card.number}</small>
        </div>
      </header>
      {steps && (
        <ol class="steps">
          {steps.names.map((name, at) => (
            <li key={name} class={at < steps.at ? "done" : ""} aria-current={at === steps.at - 1 ? "step" : undefined}>
              {name}
            </li>
          ))}
        </ol>
      )}
      {card.items.length > 0 && (
        <ul class="items">
          {card.items.map((item) => (
            <li key={item.name}>
              <span>{item.name}</span>
              <span>
                {item.price} {item.quantity > 1 && say("quantity", { count: item.quantity })}
              </span>
            </li>
          ))}
        </ul>
      )}
      <Facts
        facts={[
          [say("placed"), card.placed],
          [say("arrives"), card.arrives],
          [card.carrier ?? say("tracking"), card.tracking],
          [say("total"), card.total],
        ]}
      />
    </article>
  );
}

function Store({ card }: { card: StoreCard }) {
  const { say } = useTalk();
  return (
    <article class="card" aria-label={card.name}>
      <header>
        <Icon name="shop" />
        <div>
          <strong>{card.name}</strong>
          {card.address && <small>{card.address}</small>}
        </div>
      </header>
      <Facts facts={[[say("hours"), card.hours], [say("services"), card.services.join(" · ")]]} />
      {card.phone && (
        <a class="act" href={`tel:${card.phone.replace(/[^\d+]/gu, "")}`}>
          <Icon name="phone" size={16} /> {say("call")} <span>{card.phone}</span>
        </a>
      )}
    </article>
  );
}

function Product({ card }: { card: ProductCard }) {
  const { say } = useTalk();
  return (
    <article class="card" aria-label={card.name}>
      <header>
        <div>
          <strong>{card.name}</strong>
          {card.note && <small>{card.note}</small>}
        </div>
        {card.price && <b class="price">{card.price}</b>}
      </header>
      {card.in_stock !== undefined && (
        <p class={card.in_stock ? "stock in" : "stock"}>{say(card.in_stock ? "inStock" : "outOfStock")}</p>
      )}
    </article>
  );
}

function Facts({ facts }: { facts: [string, string | undefined][] }) {
  const known = facts.filter(([, value]) => value);
  if (known.length === 0) return null;
  return (
    <dl>
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
