import { useState } from "preact/hooks";

import { talkOf } from "../state.ts";
import { CustomerPanel } from "./Customer.tsx";
import { PacketPanel } from "./Packet.tsx";
import { useScreen } from "./screen.ts";

const PANELS = ["handoff", "customerView"] as const;

/** The right: what was handed over, and who the customer is; side by side where there is room, else one at a time. */
export function Side() {
  const { desk, say } = useScreen();
  const [shown, setShown] = useState<(typeof PANELS)[number]>("handoff");
  if (desk.open === null) return <aside class="side nothing" aria-label={say("handoff")} />;
  const talk = talkOf(desk.state, desk.open);
  return (
    <aside class="side" aria-label={`${say("handoff")} · ${say("customerView")}`}>
      <div class="side-tabs" role="group" aria-label={say("more")}>
        {PANELS.map((name) => (
          <button type="button" key={name} aria-pressed={shown === name} onClick={() => setShown(name)}>
            {say(name)}
          </button>
        ))}
      </div>
      <div class={`panels show-${shown}`} aria-busy={talk.state === "loading"}>
        <section class="panel handoff" aria-label={say("handoff")} tabIndex={0}>
          {talk.opened && <PacketPanel key={desk.open} opened={talk.opened} />}
        </section>
        <section class="panel customerView" aria-label={say("customerView")} tabIndex={0}>
          {talk.opened && <CustomerPanel key={desk.open} opened={talk.opened} />}
        </section>
      </div>
    </aside>
  );
}
