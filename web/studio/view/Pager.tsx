import { Icon } from "../../shared/staff/icons.tsx";
import { useScreen } from "./screen.ts";

/** Where in a long list one is, and the ways on; `shown` is how many of the `total` this page has. */
export function Pager(props: { page: number; size: number; shown: number; total: number; turn(page: number): void }) {
  const { say } = useScreen();
  const { page, size, shown, total, turn } = props;
  const from = (page - 1) * size + 1;
  const to = from + shown - 1;
  return (
    <footer class="pager">
      <span role="status">{total > size ? say("foundOf", { from, to, count: total }) : say("found", { count: total })}</span>
      {total > size && (
        <>
          <button type="button" class="icon-button" aria-label={say("previous")} disabled={page === 1} onClick={() => turn(page - 1)}>
            <Icon name="left" />
          </button>
          <button type="button" class="icon-button" aria-label={say("next")} disabled={to >= total} onClick={() => turn(page + 1)}>
            <Icon name="right" />
          </button>
        </>
      )}
    </footer>
  );
}
