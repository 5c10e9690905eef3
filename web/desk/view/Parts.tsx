import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { Icon, type IconName } from "../../shared/staff/icons.tsx";
import { useScreen } from "./screen.ts";

/** A titled part of a panel. */
export function Part(props: { title: string; hint?: string; icon?: IconName; class?: string; children: ComponentChildren }) {
  return (
    <section class={`part ${props.class ?? ""}`}>
      <h3>
        {props.icon && <Icon name={props.icon} size={15} />}
        {props.title}
        {props.hint && <small>{props.hint}</small>}
      </h3>
      {props.children}
    </section>
  );
}

/** A value that can be copied with one click. */
export function Copyable({ value, what }: { value: string; what: string }) {
  const { say } = useScreen();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <span class="copyable">
      {value}
      <button type="button" class="icon-button tiny" aria-label={say("copy", { what })} title={isCopied ? say("copied") : say("copy", { what })} onClick={() => void copy()}>
        <Icon name={isCopied ? "check" : "copy"} size={13} />
      </button>
    </span>
  );
}
