import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon, type IconName } from "./icons.tsx";

export type Entry = { label: string; icon?: IconName; hint?: string; checked?: boolean; tone?: string; press(): void } | "rule";

/** A button with a list of commands under it; arrows move, Escape closes and gives focus back. */
export function Menu(props: {
  label: string;
  /** The button has words of its own, which name it. */
  hasWords?: boolean;
  entries: readonly Entry[];
  class?: string;
  side?: "left" | "right" | "up";
  children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const items = () => [...(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];

  useEffect(() => {
    if (!isOpen) return undefined;
    (items().find((one) => one.getAttribute("aria-checked") === "true") ?? items()[0])?.focus();
    const outside = (event: Event) => !root.current?.contains(event.target as Node) && setOpen(false);
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [isOpen]);

  const shut = () => {
    setOpen(false);
    button.current?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    if (!isOpen) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      shut();
    } else if (event.key === "Tab") {
      setOpen(false);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const all = items();
      const at = all.indexOf(document.activeElement as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1);
      all.at(at % all.length)?.focus();
    }
  };

  return (
    <div class={`menu ${props.side ?? "right"}`} ref={root} onKeyDown={keyed}>
      <button
        type="button"
        ref={button}
        class={props.class ?? "icon-button"}
        aria-label={props.hasWords ? undefined : props.label}
        title={props.label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {props.children}
      </button>
      {isOpen && (
        <div class="menu-list" role="menu" aria-label={props.label}>
          {props.entries.map((entry, at) =>
            entry === "rule" ? (
              <hr key={at} />
            ) : (
              <button
                type="button"
                key={at}
                role={entry.checked === undefined ? "menuitem" : "menuitemradio"}
                {...(entry.checked !== undefined && { "aria-checked": entry.checked })}
                tabIndex={-1}
                onClick={() => {
                  shut();
                  entry.press();
                }}
              >
                {entry.tone && <i class={`dot ${entry.tone}`} />}
                {entry.icon && <Icon name={entry.icon} />}
                <span>
                  {entry.label}
                  {entry.hint && <small>{entry.hint}</small>}
                </span>
                {entry.checked && <Icon name="check" size={16} />}
              </button>
            ),
          )}
        </div>
      )}
    </div>
  );
}
