import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { Icon } from "./icons.tsx";

/** A window over the screen: the browser keeps focus inside and gives it back. */
export function Dialog(props: { title: string; shutLabel: string; size?: "wide"; shut(): void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);

  // before the next key is pressed: it belongs to the window
  useLayoutEffect(() => {
    const back = document.activeElement;
    dialog.current?.showModal();
    return () => back instanceof HTMLElement && back.isConnected && back.focus();
  }, []);

  return (
    <dialog
      ref={dialog}
      class={`window ${props.size ?? ""}`}
      aria-labelledby="window-title"
      onClose={props.shut}
      onPointerDown={(event) => event.target === dialog.current && props.shut()}
    >
      <header>
        <h2 id="window-title">{props.title}</h2>
        <button type="button" class="icon-button" aria-label={props.shutLabel} title={props.shutLabel} onClick={props.shut}>
          <Icon name="close" />
        </button>
      </header>
      {props.children}
    </dialog>
  );
}
