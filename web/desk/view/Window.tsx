import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { Icon } from "./icons.tsx";
import { useScreen } from "./screen.ts";

/** A window over the desk: the browser keeps focus inside and gives it back. */
export function Window(props: { title: string; size?: "wide"; children: ComponentChildren }) {
  const { say, show } = useScreen();
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const back = document.activeElement;
    dialog.current?.showModal();
    return () => back instanceof HTMLElement && back.isConnected && back.focus();
  }, []);

  return (
    <dialog
      ref={dialog}
      class={`window ${props.size ?? ""}`}
      aria-labelledby="window-title"
      onClose={() => show(null)}
      onPointerDown={(event) => event.target === dialog.current && show(null)}
    >
      <header>
        <h2 id="window-title">{props.title}</h2>
        <button type="button" class="icon-button" aria-label={say("cancel")} title={say("cancel")} onClick={() => show(null)}>
          <Icon name="close" />
        </button>
      </header>
      {props.children}
    </dialog>
  );
}
