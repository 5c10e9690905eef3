"""Where one message may hold several questions: candidates, for the router to try one by one."""

from __future__ import annotations

import re

# A full stop ends a clause only before a blank or the end, so that 3.5, v1.2 and addresses stay whole.
_STOP = re.compile(r"[。！？；!?;…]+[”\"'）)]*|\.(?=\s|$)|[\r\n]+")
# A word that opens another question; what stands before it is the first.
_ZH_LINK = re.compile(
    r"(?:[，,、\s]|(?<=[吗呢吧啊了呀么]))\s*"
    r"(?=(?:另外|还有就是|还有|对了|顺便(?:再)?(?:问|说)?|顺带|然后(?:再)?问|再问(?:一下|下|个)?|再帮我|再请问|"
    r"还想(?:问|知道)|我还想|同时(?:想|问)|以及(?:问|想)|并且(?:问|想)|第二[个，,]|其次)[^的])"
)
_EN_LINK = re.compile(
    r"(?:\s*[,;]\s*|\s+)(?=(?:and\s+also|and\s+another\s+(?:thing|question)|also[,\s]|by\s+the\s+way|btw\b|"
    r"one\s+more\s+(?:thing|question)|another\s+question|and\s+can\s+(?:you|i)|and\s+could\s+(?:you|i)|"
    r"and\s+do\s+you|and\s+does\b|and\s+is\s+there|and\s+are\s+(?:you|there)|and\s+what(?:'s|\s+is|\s+are|\s+about|\s+time)?\b|"
    r"and\s+how\s+(?:much|long|many|do|can|about)|and\s+where\s+(?:is|are|can|do)|and\s+when\s+(?:is|are|will|do|does|can)|"
    r"and\s+which\b|and\s+why\b|and\s+i\s+(?:also|want|need|would))\b)",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LEADING_LINK = re.compile(r"^(?:[,，、\s]+)|(?:[,，、\s]+)$")
_MEANINGFUL = re.compile(r"[^\W_]")
_MOST_CLAUSES = 6


def split(text: str) -> list[str]:
    """The clauses of a message in their order; `[text]` when there is but one.

    A cut is a candidate only: a clause may be an aside, so the caller decides which of them ask for something.
    """
    cuts = _cuts(text)
    if not cuts:
        return [text]
    clauses: list[str] = []
    last = 0
    for start, end in [*cuts, (len(text), len(text))]:
        clause = _LEADING_LINK.sub("", text[last:end].strip()) if start >= last else ""
        last = max(last, end)
        if not _MEANINGFUL.search(clause):
            if clauses and clause:
                clauses[-1] += clause
            continue
        clauses.append(clause)
    if len(clauses) < 2:
        return [text]
    if len(clauses) > _MOST_CLAUSES:
        return [*clauses[: _MOST_CLAUSES - 1], " ".join(clauses[_MOST_CLAUSES - 1 :])]
    return clauses


def _cuts(text: str) -> list[tuple[int, int]]:
    """Where clauses end, as (begin of the sign, end of the sign), outside of addresses."""
    shielded = [match.span() for match in _URL.finditer(text)]
    found = [match.span() for pattern in (_STOP, _ZH_LINK, _EN_LINK) for match in pattern.finditer(text)]
    return sorted(
        (start, end) for start, end in found if not any(begin <= start < finish for begin, finish in shielded)
    )
