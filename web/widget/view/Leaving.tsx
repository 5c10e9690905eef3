import { useEffect, useRef } from "preact/hooks";

import { useTalk } from "./talk.ts";

/** Asks before the talk is removed from this device. */
export function Leaving({ done }: { done: () => void }) {
  const { session, say } = useTalk();
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const keyed = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    done();
  };
  return (
    <div class="veil" onKeyDown={keyed}>
      <div class="ask" role="alertdialog" aria-modal="true" aria-labelledby="sure">
        <p id="sure">{say("logoutSure")}</p>
        <div class="choices">
          <button type="button" class="link" ref={cancel} onClick={done}>
            {say("cancel")}
          </button>
          <button
            type="button"
            class="primary"
            onClick={() => {
              session.logout();
              done();
            }}
          >
            {say("logoutYes")}
          </button>
        </div>
      </div>
    </div>
  );
}
