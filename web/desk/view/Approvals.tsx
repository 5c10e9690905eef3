import { useState } from "preact/hooks";

import type { Approval } from "../../shared/desk.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { money } from "../format.ts";
import { colleague, useScreen } from "./screen.ts";

/** What waits for a supervisor's word. */
export function Approvals() {
  const { desk, language, say } = useScreen();
  const { me, approvals } = desk.state;
  const open = Object.values(approvals).filter((one) => one.state === "open" && one.by.id !== me?.id);
  if (open.length === 0) return null;
  return (
    <section class="approvals" aria-label={say("approvals")}>
      <h2>
        <Icon name="shield" size={16} /> {say("approvals")} <span class="badge">{open.length}</span>
      </h2>
      <ul>
        {open.map((approval) => (
          <li key={approval.id}>
            <button type="button" class="approval-what" onClick={() => desk.show(approval.conversation)}>
              <b>
                {approval.label[language]}
                {approval.amount != null && <span class="sum">{money(approval.amount)}</span>}
              </b>
              <small>
                {say("asksFor", { name: colleague(approval.by) })}
                {approval.customer && ` · ${approval.customer}`}
                {approval.order && ` · ${approval.order}`}
              </small>
              {approval.reason && <small class="why">{approval.reason}</small>}
            </button>
            <Decision approval={approval} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Yes or no, with a reason for the agent who asked. */
export function Decision({ approval }: { approval: Approval }) {
  const { desk, say } = useScreen();
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  const decide = async (approve: boolean) => {
    setBusy(true);
    await desk.decide(approval, approve, reason.trim());
    setBusy(false);
  };
  return (
    <div class="decision">
      <input
        value={reason}
        placeholder={say("why")}
        aria-label={say("why")}
        maxLength={300}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <button type="button" class="secondary" disabled={isBusy} onClick={() => void decide(false)}>
        {say("refuse")}
      </button>
      <button type="button" class="primary" disabled={isBusy} onClick={() => void decide(true)}>
        {say("approve")}
      </button>
    </div>
  );
}
