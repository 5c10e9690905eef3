import { useState } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { withDetails } from "../draft.ts";
import type { Editing } from "../editing.ts";
import { CATEGORIES, word } from "../words.ts";
import { FieldFaults } from "./Faults.tsx";
import { faqTopics, useScreen } from "./screen.ts";

/** Category, tags, owner and dates. */
export function DetailsPart({ editing }: { editing: Editing }) {
  const { studio, language, say } = useScreen();
  const { mine } = editing;
  const { owner, tags, category, valid_from, valid_until } = mine.editors;
  const owners = [...new Set([...(studio.listing?.owners ?? []), ...(owner ? [owner] : []), ...(studio.me ? [studio.me.name] : [])])];
  const categories = [...new Set([...Object.keys(CATEGORIES), ...(category ? [category] : [])])];
  const date = (name: "valid_from" | "valid_until", label: string, value: string | null) => (
    <label>
      {label}
      <input
        type="date"
        value={value?.slice(0, 10) ?? ""}
        data-field={`editors.${name}`}
        onInput={(event) => editing.change(withDetails(mine, { [name]: event.currentTarget.value || null }))}
      />
      <FieldFaults faults={editing.at(`editors.${name}`)} id={`faults-${name}`} />
    </label>
  );
  return (
    <section class="form-part" aria-label={say("details")} data-field="editors">
      <h3>{say("details")}</h3>
      <div class="details-grid">
        {mine.kind === "faq" && (
          <label>
            {say("topic")}
            <select value={mine.topic} data-field="topic" onChange={(event) => editing.change({ ...mine, topic: event.currentTarget.value })}>
              {[...new Set([mine.topic, ...faqTopics()])].map((name) => (
                <option key={name} value={name}>
                  {word("topic", name, language)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {say("category")}
          <select
            value={category ?? ""}
            data-field="editors.category"
            onChange={(event) => editing.change(withDetails(mine, { category: event.currentTarget.value || null }))}
          >
            <option value="">–</option>
            {categories.map((name) => (
              <option key={name} value={name}>
                {word("category", name, language)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say("owner")}
          <select
            value={owner ?? ""}
            data-field="editors.owner"
            onChange={(event) => editing.change(withDetails(mine, { owner: event.currentTarget.value || null }))}
          >
            <option value="">{say("nobody")}</option>
            {owners.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {date("valid_from", say("validFrom"), valid_from)}
        {date("valid_until", say("validUntil"), valid_until)}
        <Tags tags={tags} put={(next) => editing.change(withDetails(mine, { tags: next }))} />
      </div>
      <p class="hint">
        {say("validHint")} · {say("key")} <code>{mine.key}</code>
        {mine.quotes !== null && typeof mine.quotes === "object" && (
          <>
            {" · "}
            {say("quotesHint")} <code>{Object.keys(mine.quotes).join(", ")}</code>
          </>
        )}
      </p>
    </section>
  );
}

function Tags({ tags, put }: { tags: readonly string[]; put(tags: string[]): void }) {
  const { studio, say } = useScreen();
  const [text, setText] = useState("");
  const add = () => {
    const tag = text.trim();
    setText("");
    if (tag !== "" && !tags.includes(tag)) put([...tags, tag]);
  };
  return (
    <div class="tags-edit" data-field="editors.tags">
      <label>
        {say("tags")}
        <input
          list="known-tags"
          value={text}
          placeholder={say("addTag")}
          maxLength={40}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.isComposing) return;
            event.preventDefault();
            add();
          }}
          onBlur={add}
        />
      </label>
      <datalist id="known-tags">
        {(studio.listing?.tags ?? []).map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      <span class="chips">
        {tags.map((tag) => (
          <span key={tag} class="chip own">
            {tag}
            <button type="button" aria-label={say("removeTag", { tag })} title={say("removeTag", { tag })} onClick={() => put(tags.filter((one) => one !== tag))}>
              <Icon name="close" size={12} />
            </button>
          </span>
        ))}
      </span>
    </div>
  );
}
