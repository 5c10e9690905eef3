import { useState } from "preact/hooks";

import type { Action, Approval, Opened } from "../../shared/desk.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { money } from "../format.ts";
import { itemOf } from "../state.ts";
import { tell } from "../texts.ts";
import { Decision } from "./Approvals.tsx";
import { Part } from "./Parts.tsx";
import { colleagueNamed, useScreen } from "./screen.ts";

/** What the agent may do for the customer here, and what waits for a supervisor. */
export function Actions({ opened }: { opened: Opened }) {
  const { desk, say } = useScreen();
  const conversation = opened.conversation.id;
  const item = itemOf(desk.state, conversation);
  const approvals = Object.values(desk.state.approvals).filter((one) => one.conversation === conversation);
  const mayAct = item?.agent?.id === desk.state.me?.id || desk.hasJoined(conversation);
  const isAsked = (action: Action) =>
    approvals.some((one) => one.state === "open" && one.action === action.kind && one.order === action.order);
  const wanted = opened.packet?.slots.find((slot) => slot.name === "order_number")?.value;
  const actions = opened.actions
    .filter((action) => !isAsked(action))
    .sort((one, other) => Number(other.order === wanted) - Number(one.order === wanted));
  if (actions.length === 0 && approvals.length === 0) return null;
  return (
    <Part title={say("actions")} icon="bolt" class="actions">
      <ul>
        {approvals.map((approval) => (
          <ApprovalView key={approval.id} approval={approval} />
        ))}
        {actions.map((action) => (
          <ActionView key={`${action.id}-${action.order}`} action={action} conversation={conversation} isOff={!mayAct} />
        ))}
      </ul>
    </Part>
  );
}

function ActionView({ action, conversation, isOff }: { action: Action; conversation: string; isOff: boolean }) {
  const { desk, language, say } = useScreen();
  const [isOpen, setOpen] = useState(false);
  const [given, setAmount] = useState("");
  const amount = action.amount === null ? given : String(action.amount);
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  const limit = action.limit ?? desk.state.me?.money_limit ?? null;
  const isAbove = action.needs_approval || (limit !== null && amount !== "" && Number(amount) > Number(limit));
  const label = action.label[language];

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const done = await desk.try({
      t: "act",
      conversation,
      action: action.id,
      order: action.order,
      amount: amount === "" ? null : amount,
      reason: reason.trim(),
    });
    setBusy(false);
    if (!done) return;
    setOpen(false);
    const name = done.outcome === "approval" ? "actAsked" : done.outcome === "waiting" ? "actWaits" : "actDone";
    desk.toast("good", {
      zh: tell("zh", name, { label: action.label.zh }),
      en: tell("en", name, { label: action.label.en }),
    });
    void desk.fetch(conversation);
  };

  return (
    <li class={isOpen ? "action open" : "action"}>
      <button type="button" aria-expanded={isOpen} disabled={isOff} onClick={() => setOpen(!isOpen)}>
        <span>
          <b>{label}</b>
          <small>{action.order}</small>
        </span>
        {action.amount !== null && <span class="sum">{money(action.amount)}</span>}
        {isAbove && <Icon name="shield" size={15} />}
        <Icon name={isOpen ? "down" : "right"} size={15} />
      </button>
      {isOpen && (
        <form onSubmit={(event) => void submit(event)}>
          {action.amount === null && (
            <label>
              {say("amount")}
              <input
                inputMode="decimal"
                pattern="[0-9]+([.][0-9]{1,2})?"
                value={given}
                required
                onInput={(event) => setAmount(event.currentTarget.value)}
              />
            </label>
          )}
          <label>
            {say("actReason")}
            <input value={reason} maxLength={300} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          <p class={isAbove ? "limit above" : "limit"}>
            {isAbove ? say("needsApproval") : limit !== null && say("yourLimit", { limit: money(limit) })}
          </p>
          <button type="submit" class="primary" disabled={isBusy}>
            {say(isAbove ? "askApproval" : "doIt")}
          </button>
        </form>
      )}
    </li>
  );
}

function ApprovalView({ approval }: { approval: Approval }) {
  const { desk, language, say } = useScreen();
  const name = colleagueNamed(approval.decided_by ?? "");
  const words = {
    open: say("approvalOpen"),
    approved: say("approvalApproved", { name }),
    refused: say("approvalRefused", { name }),
  }[approval.state];
  const mayDecide = approval.state === "open" && desk.isSupervisor && approval.by.id !== desk.state.me?.id;
  return (
    <li class={`approval ${approval.state}`}>
      <p>
        <Icon name={approval.state === "approved" ? "done" : approval.state === "refused" ? "alert" : "clock"} size={16} />
        <span>
          <b>{approval.label[language]}</b>
          <small>
            {[approval.order, words, approval.why].filter(Boolean).join(" · ")}
          </small>
        </span>
        {approval.amount != null && <span class="sum">{money(approval.amount)}</span>}
      </p>
      {mayDecide && <Decision approval={approval} />}
    </li>
  );
}
