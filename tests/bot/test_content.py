"""Each fault is shown in a small tree that is sound but for one thing; the fault names the file and the line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.content import Fault, validate

GREET, RETURN, FAQ = "data/skills/greet.yml", "data/skills/return_item.yml", "data/faq/returns.yml"


def wordings(zh: str, en: str) -> str:
    """Eight examples in each language, as lines of a block."""
    return "\n".join([*(f"    - {zh}{n}" for n in range(8)), *(f"    - {en} {n}" for n in range(8))])


SOUND = {
    "config.yml": "recipe: default.v1\nlanguage: zh\npipeline: []\npolicies: []\n",
    "domain.yml": """\
version: "3.1"
intents:
  - greet
  - return_item
  - inform
  - faq:
      is_retrieval_intent: true
entities:
  - order_number
slots:
  language: {type: text, mappings: [{type: custom}]}
  order_number:
    type: text
    mappings:
    - {type: from_entity, entity: order_number}
forms:
  details_form:
    required_slots: [order_number]
actions:
  - action_return_item
""",
    GREET: f"""\
version: "3.1"
nlu:
- intent: greet
  examples: |
{wordings("你好", "hello")}
- intent: inform
  examples: |
{wordings("单号是", "the number is")}
- synonym: GT1
  examples: |
    - gt1
responses:
  utter_greet:
  - condition: [{{type: slot, name: language, value: zh}}]
    text: "您好，{{name}}！"
    buttons: [{{title: 退货, payload: '/return_item{{"order_number": "GT1"}}'}}]
  - text: "Hello {{name}}!"
    buttons: [{{title: Return, payload: /return_item}}]
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
- rule: take a number
  condition:
  - active_loop: details_form
  - slot_was_set:
    - order_number: null
  steps:
  - intent: inform
    entities: [order_number]
  - action: details_form
  - active_loop: details_form
- rule: answer questions
  steps:
  - intent: faq
  - action: utter_faq
""",
    RETURN: f"""\
version: "3.1"
nlu:
- intent: return_item
  examples: |
    - 退[GT1](order_number)
{wordings("我要退货", "I want to return this")}
responses:
  utter_refused_late:
  - condition: [{{type: slot, name: language, value: zh}}]
    text: "太晚了。"
  - text: "It is too late."
  utter_returned_today:
  - condition: [{{type: slot, name: language, value: zh}}]
    text: "今天退好了。"
  - text: "Returned today."
  utter_ask_order_number:
  - condition: [{{type: slot, name: language, value: zh}}]
    text: "单号是？"
  - text: "Which order?"
rules:
- rule: return an item
  steps: [{{intent: return_item}}, {{action: action_return_item}}]
""",
    FAQ: f"""\
version: "3.1"
nlu:
- intent: faq/return_window
  metadata:
    quotes:
      returns.no_reason_days: {{zh: "{{}} 天内", en: "{{}} days"}}
    relies_on:
      returns.postage: customer
  examples: |
{wordings("几天能退", "how many days")}
responses:
  utter_faq/return_window:
  - condition: [{{type: slot, name: language, value: zh}}]
    text: "7 天内可退。"
  - text: "You have 7 days."
""",
    "data/demo/policies.yml": "returns:\n  no_reason_days: 7\n  postage: customer\n",
    "actions/return_item.py": """\
def act(say, code):
    if code:
        say(f"utter_refused_{code}")
    say(when("utter_returned"))


def when(response):
    return f"{response}_today"
""",
}

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes the sound tree with one text changed: `tree("domain.yml", "- greet", "- hi")`; or a file added."""

    def write(file: str = "", old: str = "", new: str = "") -> Path:
        for name, text in {file: "", **SOUND}.items() if file else SOUND.items():
            if name == file:
                assert old in text, f"{old!r} is not in {file}"
                text = text.replace(old, new, 1) if old else text + new
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def shown(root: Path, file: str, at: str, severity: str, says: str) -> list[Fault]:
    """Asserts that a fault stands on the first line of `file` that contains `at`; returns all faults."""
    lines = (root / file).read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if at in text)
    faults = validate(root)
    assert any(
        (fault.path.as_posix(), fault.line, fault.severity) == (file, line, severity) and says in fault.message
        for fault in faults
    ), "\n".join([f"not shown: {file}:{line}: {severity}: …{says}…", *map(str, faults)])
    return faults


def alone(root: Path, file: str, at: str, severity: str, says: str) -> None:
    """As `shown`, and nothing else is found."""
    assert len(shown(root, file, at, severity, says)) == 1


SHAPES: tuple[object, ...] = ("text", None, [], [[]], ["text"], {"a": None}, [{"a": ["b"]}])
SECTIONS = {
    "domain.yml": ("intents", "entities", "slots", "mappings", "forms", "details_form", "required_slots", "actions"),
    GREET: ("nlu", "intent", "responses", "utter_greet", "condition", "text", "buttons", "payload", "rules", "steps"),
    FAQ: ("metadata", "quotes", "returns.no_reason_days", "relies_on", "examples"),
}


def reshaped(value: object, section: str, shape: object) -> object:
    """`value` with whatever stands under `section`, at any depth, replaced by `shape`."""
    if isinstance(value, list):
        return [reshaped(one, section, shape) for one in value]
    if isinstance(value, dict):
        return {key: shape if key == section else reshaped(one, section, shape) for key, one in value.items()}
    return value


def test_a_sound_tree_has_no_faults(tree: Tree) -> None:
    assert validate(tree()) == []


def test_a_fault_reads_as_file_line_severity_message() -> None:
    assert str(Fault(Path("data/faq/a.yml"), 3, "error", "no")) == "data/faq/a.yml:3: error: no"


def test_faults_come_by_file_and_line_whatever_check_found_them(tree: Tree) -> None:
    root = tree(GREET, "- action: utter_greet", "- action: utter_gret")
    (root / "domain.yml").write_text(SOUND["domain.yml"].replace("- order_number", "- number"), encoding="utf-8")
    faults = validate(root)
    assert len(faults) > 3
    assert faults == sorted(faults, key=lambda fault: (fault.path, fault.line))
    assert faults == validate(root)


@pytest.mark.parametrize("name", ["config.yml", "domain.yml"])
def test_a_missing_file_is_named(tree: Tree, name: str) -> None:
    root = tree()
    (root / name).unlink()
    found = [str(fault) for fault in validate(root)]
    assert f"{name}:1: error: {name} is missing; Rasa cannot train without it" in found


# Form


def test_broken_yaml_is_shown_where_it_breaks(tree: Tree) -> None:
    alone(
        tree("data/extra.yml", "", "version: '3.1'\nnlu: [a\nrules:\n"), "data/extra.yml", "rules", "error", "not YAML"
    )


def test_broken_yaml_is_shown_in_the_shops_own_files_too(tree: Tree) -> None:
    shown(tree("data/demo/policies.yml", "returns:", "returns: }"), "data/demo/policies.yml", "}", "error", "not YAML")


def test_a_file_in_another_encoding_is_shown(tree: Tree) -> None:
    root = tree()
    (root / "data/extra.yml").write_bytes("version: '3.1'\nnlu: 你好\n".encode("gb18030"))
    assert "data/extra.yml:2: error: this is not UTF-8; save the file as UTF-8" in map(str, validate(root))


def test_a_key_given_twice_is_shown_at_the_second(tree: Tree) -> None:
    root = tree(RETURN, "  utter_ask_order_number:", "  utter_refused_late: [] # again\n  utter_ask_order_number:")
    shown(root, RETURN, "# again", "error", "'utter_refused_late' stands here twice (first in line 23)")


def test_an_unknown_key_is_shown(tree: Tree) -> None:
    shown(tree(FAQ, "responses:", "answers:"), FAQ, "answers:", "error", "unknown key 'answers'")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("config.yml", "language: zh", "langauge: zh"),
        ("domain.yml", "slots:", "slot: {}\nslots:"),
        (GREET, "- synonym: GT1", "- synonym: GT1\n  intnet: greet"),
        (GREET, "- rule: greet", "- rule: greet\n  intnet: greet"),
        (GREET, "  - intent: greet", "  - intent: greet\n    entites: []"),
        (GREET, '  - text: "Hello', '  - txt: x\n    text: "Hello'),
    ],
)
def test_a_misspelt_key_is_shown_wherever_it_stands(tree: Tree, file: str, old: str, new: str) -> None:
    wrong = next(word for word in ("langauge", "slot:", "intnet", "entites", "txt") if word in new)
    alone(tree(file, old, new), file, wrong, "error", f"unknown key '{wrong.rstrip(':')}'")


@pytest.mark.parametrize(
    ("file", "section", "shape"),
    [
        (GREET, "nlu", {"intent": "greet"}),
        (GREET, "rules", {"rule": "greet"}),
        (GREET, "responses", [{"utter_greet": []}]),
        ("domain.yml", "intents", {"greet": None}),
        ("domain.yml", "forms", ["details_form"]),
    ],
)
def test_a_list_where_a_mapping_belongs_or_the_other_way_round_is_shown(
    tree: Tree, file: str, section: str, shape: object
) -> None:
    root = tree()
    content = reshaped(yaml.safe_load(SOUND[file]), section, shape)
    (root / file).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    shown(root, file, f"{section}:", "error", f"`{section}:` must be a ")


def test_a_rule_without_steps_is_shown(tree: Tree) -> None:
    shown(tree(GREET, "  steps:", "  metadata:"), GREET, "- rule: greet", "error", "rule 'greet' needs `steps:`")


def test_a_part_that_contains_itself_is_shown(tree: Tree) -> None:
    alone(tree("data/extra.yml", "", "nlu: &all\n- *all\n"), "data/extra.yml", "nlu:", "error", "contains itself")


@pytest.mark.parametrize(("file", "section"), [(file, name) for file, names in SECTIONS.items() for name in names])
def test_whatever_the_shape_of_a_section_the_rest_is_checked(tree: Tree, file: str, section: str) -> None:
    root = tree("data/extra.yml", "", "responses: {utter_lonely: [{text: '1'}]}\n")
    for shape in SHAPES:
        content = reshaped(yaml.safe_load(SOUND[file]), section, shape)
        (root / file).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        assert any("'utter_lonely' is never said" in fault.message for fault in validate(root))


def test_yaml_that_is_no_content_is_left_alone(tree: Tree) -> None:
    assert validate(tree("data/words.yml", "", "monday: {zh: 周一, en: Monday}\n")) == []


# Examples


def test_an_intent_nobody_has_an_example_for_is_shown_in_the_domain(tree: Tree) -> None:
    root = tree("domain.yml", "- greet", "- greet\n  - lonely")
    shown(root, "domain.yml", "lonely", "error", "intent 'lonely' has no examples")


def test_an_intent_block_without_examples_is_shown(tree: Tree) -> None:
    root = tree(RETURN, "responses:", "- intent: greet\n  examples: |\nresponses:")
    alone(root, RETURN, "intent: greet", "error", "intent 'greet' has no examples")


def test_few_examples_in_a_language_are_a_warning(tree: Tree) -> None:
    root = tree(GREET, "    - 你好7\n", "")
    alone(root, GREET, "intent: greet", "warning", "intent 'greet' has 7 Chinese examples; 8 or more do better")


def test_examples_without_letters_count_for_both_languages(tree: Tree) -> None:
    assert validate(tree(GREET, "    - 你好7\n    - hello 0\n", "    - 👋\n")) == []


def test_examples_given_as_a_list_are_read_with_their_lines(tree: Tree) -> None:
    more = "- intent: greet\n  examples:\n  - text: |\n      - 我要退货0\nresponses:"
    alone(tree(FAQ, "responses:", more), RETURN, "我要退货0", "error", "stands under 'return_item' and under 'greet'")


def test_a_faq_without_questions_in_a_language_is_an_error(tree: Tree) -> None:
    root = tree(FAQ, wordings("几天能退", "how many days"), "\n".join(f"    - 几天能退{n}" for n in range(8)))
    alone(root, FAQ, "faq/return_window", "error", "FAQ 'faq/return_window' has no English questions")


def test_the_same_wording_under_two_intents_is_shown_whatever_its_case_width_and_signs(tree: Tree) -> None:
    root = tree(RETURN, "    - 我要退货0", "    - ＨＥＬＬＯ, 3!")
    shown(root, RETURN, "ＨＥＬＬＯ", "error", f"stands under 'return_item' and under 'greet' ({GREET}:")


# Names


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (GREET, "- intent: inform\n", "- intent: wrong\n", "unknown intent 'wrong'"),
        (GREET, "  - intent: greet", "  - intent: wrong", "unknown intent 'wrong'"),
        (GREET, "  - intent: faq", "  - intent: faq/wrong", "unknown topic 'faq/wrong'"),
        (RETURN, "(order_number)", "(wrong)", "unknown entity 'wrong'"),
        (RETURN, "(order_number)", '{"entity": "wrong"}', "unknown entity 'wrong'"),
        (GREET, "entities: [order_number]", "entities: [wrong]", "unknown entity 'wrong'"),
        (RETURN, "{action: action_return_item}", "{action: action_wrong}", "unknown action 'action_wrong'"),
        (GREET, "action: utter_greet", "action: utter_wrong", "response 'utter_wrong' is not written"),
        (GREET, "- action: details_form", "- action: wrong_form", "unknown action 'wrong_form'"),
        (GREET, "- active_loop: details_form", "- active_loop: wrong", "unknown form 'wrong'"),
        (GREET, "    - order_number: null", "    - wrong: null", "unknown slot 'wrong'"),
        (FAQ, "name: language", "name: wrong", "unknown slot 'wrong'"),
        (FAQ, "type: slot, name: language", "type: wrong", "a condition reads"),
        (GREET, "payload: /return_item}", "payload: /wrong}", "unknown intent 'wrong'"),
        (GREET, '{"order_number": "GT1"}', '{"wrong": "GT1"}', "unknown entity 'wrong' in a button"),
        (GREET, '{"order_number": "GT1"}', "{wrong: GT1}", "are not JSON"),
        (GREET, "payload: /return_item}", "wrong: x}", "a button needs a `payload:`"),
        ("domain.yml", "entity: order_number", "entity: wrong", "unknown entity 'wrong'"),
        ("domain.yml", "entity: order_number", "entity: order_number, intent: wrong", "unknown intent 'wrong'"),
        ("domain.yml", "entity: order_number", "entity: order_number, wrong: x", "unknown key 'wrong'"),
        (
            "domain.yml",
            "required_slots: [order_number]",
            "required_slots: [wrong]",
            "asks for the unknown slot 'wrong'",
        ),
        ("domain.yml", "is_retrieval_intent: true", "use_entities: [wrong]", "unknown entity 'wrong'"),
        ("domain.yml", "- action_return_item", "- action_return_item\n  - action_return_item # wrong", "named twice"),
    ],
)
def test_a_name_that_leads_nowhere_is_shown(tree: Tree, file: str, old: str, new: str, says: str) -> None:
    at = "type: wrong" if "type: wrong" in new else "return_item}" if "are not" in says else "wrong"
    shown(tree(file, old, new), file, "wrong" if at == "return_item}" else at, "error", says)


def test_a_plain_button_that_comes_back_as_text_is_fine(tree: Tree) -> None:
    assert validate(tree(GREET, "payload: /return_item}", "payload: return it}")) == []


# Rules


def test_rules_that_go_on_differently_contradict_each_other(tree: Tree) -> None:
    root = tree(
        FAQ, "responses:", "rules:\n- rule: other\n  steps: [{intent: greet}, {action: action_return_item}]\nresponses:"
    )
    alone(root, GREET, "- rule: greet", "error", f"rule 'greet' contradicts 'other' ({FAQ}:")


def test_a_rule_that_goes_on_where_another_waits_contradicts_it(tree: Tree) -> None:
    more = "- rule: longer\n  steps: [{intent: greet}, {action: utter_greet}, {action: action_return_item}]\n"
    root = tree(GREET, "- rule: take a number", more + "- rule: take a number")
    alone(root, GREET, "rule: longer", "error", "one has 'action_return_item', the other 'action_listen'")


def test_a_choice_of_steps_is_compared_branch_by_branch(tree: Tree) -> None:
    more = "- rule: either\n  steps:\n  - or: [{intent: inform}, {intent: greet}]\n  - action: action_return_item\n"
    root = tree(GREET, "- rule: take a number", more + "- rule: take a number")
    alone(root, GREET, "rule: either", "error", "rule 'either' contradicts 'greet'")


@pytest.mark.parametrize(
    "more",
    [
        "  condition: [{active_loop: details_form}]\n  steps: [{intent: greet}, {action: action_return_item}]\n",
        "  steps: [{intent: greet}, {slot_was_set: [{order_number: GT1}]}, {action: action_return_item}]\n",
        "  conversation_start: true\n  steps: [{intent: greet}, {action: action_return_item}]\n",
        "  steps: [{intent: greet}, {action: utter_greet}, {intent: inform}, {action: action_return_item}]\n",
    ],
)
def test_rules_for_different_situations_do_not_contradict(tree: Tree, more: str) -> None:
    assert validate(tree(GREET, "- rule: take a number", f"- rule: another\n{more}- rule: take a number")) == []


def test_a_rules_name_given_twice_is_shown_at_the_second(tree: Tree) -> None:
    root = tree(RETURN, "- rule: return an item", "- rule: greet")
    alone(root, RETURN, "- rule: greet", "error", f"'greet' belongs to another rule already ({GREET}:")


def test_a_rule_without_a_name_is_shown(tree: Tree) -> None:
    shown(tree(GREET, "- rule: greet", "- rule:"), GREET, "- rule:", "error", "this rule needs a name")


def test_an_intent_nobody_acts_on_is_a_warning_in_the_domain(tree: Tree) -> None:
    root = tree(RETURN, "{intent: return_item}", "{intent: greet}, {slot_was_set: [{order_number: GT1}]}")
    shown(root, "domain.yml", "- return_item", "warning", "intent 'return_item' is in no rule and in no code")


def test_an_intent_that_code_listens_for_is_acted_on(tree: Tree) -> None:
    root = tree(RETURN, "{intent: return_item}", "{intent: greet}, {slot_was_set: [{order_number: GT1}]}")
    (root / "actions/more.py").write_text('INTENT = "return_item"\n', encoding="utf-8")
    assert validate(root) == []


# Responses


@pytest.mark.parametrize("says", ['say("utter_wrong")', 'say(f"utter_wrong_{code}")'])
def test_a_response_that_code_says_and_nobody_wrote_is_shown_in_the_code(tree: Tree, says: str) -> None:
    root = tree("actions/return_item.py", "    if code:", f"    {says}\n    if code:")
    alone(root, "actions/return_item.py", "utter_wrong", "error", "response 'utter_wrong")


def test_code_that_is_not_python_is_shown(tree: Tree) -> None:
    root = tree("actions/return_item.py", "    if code:", "    if if:")
    shown(root, "actions/return_item.py", "if if", "error", "not Python")


def test_a_response_nobody_says_is_a_warning(tree: Tree) -> None:
    root = tree(RETURN, "  utter_refused_late:", "  utter_lonely: [{text: '1'}]\n  utter_refused_late:")
    alone(root, RETURN, "utter_lonely", "warning", "response 'utter_lonely' is never said")


@pytest.mark.parametrize("code", ['response += "_lonely"', 'f"{response}_lonely"', 'f"{response}_{ending}"'])
def test_a_response_whose_name_code_puts_together_is_said(tree: Tree, code: str) -> None:
    root = tree(RETURN, "  utter_refused_late:", "  utter_returned_lonely: [{text: '1'}]\n  utter_refused_late:")
    file = root / "actions/return_item.py"
    assert len(validate(root)) == 1
    file.write_text(file.read_text(encoding="utf-8") + f"    {code}\n", encoding="utf-8")
    assert validate(root) == []


def test_an_answer_without_a_question_is_a_warning(tree: Tree) -> None:
    root = tree(FAQ, "  utter_faq/return_window:", "  utter_faq/lonely: [{text: '1'}]\n  utter_faq/return_window:")
    alone(root, FAQ, "utter_faq/lonely", "warning", "'utter_faq/lonely' answers no question")


def test_a_question_without_an_answer_is_an_error(tree: Tree) -> None:
    root = tree(FAQ, "  utter_faq/return_window:", "  utter_faq/other:")
    shown(root, FAQ, "intent: faq/return_window", "error", "FAQ 'faq/return_window' has no answer")


def test_a_response_given_in_two_files_is_shown_at_the_second(tree: Tree) -> None:
    root = tree(RETURN, "  utter_refused_late:", "  utter_greet: [{text: '1'}]\n  utter_refused_late:")
    alone(root, RETURN, "utter_greet", "error", f"response 'utter_greet' is already given in {GREET}:")


def test_a_response_that_is_no_list_is_shown(tree: Tree) -> None:
    root = tree("domain.yml", "forms:", "responses:\n  utter_default: Pardon?\nforms:")
    alone(root, "domain.yml", "utter_default", "error", "needs a list of variations")


@pytest.mark.parametrize(
    ("file", "name", "old", "says"),
    [
        (RETURN, "utter_refused_late", '  - text: "It is too late."\n', "response 'utter_refused_late' has no English"),
        (
            FAQ,
            "utter_faq/return_window",
            '  - text: "You have 7 days."\n',
            "FAQ answer 'utter_faq/return_window' has no",
        ),
    ],
)
def test_a_response_without_english_is_an_error(tree: Tree, file: str, name: str, old: str, says: str) -> None:
    alone(tree(file, old, ""), file, f"{name}:", "error", says)


def test_a_response_without_chinese_is_an_error(tree: Tree) -> None:
    zh = '  - condition: [{type: slot, name: language, value: zh}]\n    text: "太晚了。"\n'
    alone(tree(RETURN, zh, ""), RETURN, "utter_refused_late:", "error", "has no Chinese variation")


def test_a_response_without_words_needs_no_second_language(tree: Tree) -> None:
    root = tree("domain.yml", "forms:", 'responses:\n  utter_default: [{text: "{total} → {items}"}]\nforms:')
    assert validate(root) == []


def test_a_text_in_the_other_language_is_a_warning(tree: Tree) -> None:
    root = tree(RETURN, '  - text: "It is too late."', '  - text: "晚了！"')
    alone(root, RETURN, "晚了！", "warning", "the English variation of 'utter_refused_late' is not in English")


def test_names_filled_in_only_in_one_language_are_shown(tree: Tree) -> None:
    root = tree(GREET, "Hello {name}!", "Hello {nmae}!")
    alone(root, GREET, "utter_greet:", "error", "{name} only in Chinese, {nmae} only in English")


@pytest.mark.parametrize("text", ["Hello {name}, {", "Hello {name}} !", "Hello {name} { x }", "Hello {name} {a b}"])
def test_a_brace_that_belongs_to_no_name_is_shown(tree: Tree, text: str) -> None:
    alone(
        tree(GREET, "Hello {name}!", text), GREET, "Hello {", "error", "a brace in 'utter_greet' belongs to no {name}"
    )


def test_a_text_that_asks_for_the_environment_is_shown(tree: Tree) -> None:
    alone(tree(FAQ, "7 days.", "7 days. ${HOME}"), FAQ, "${HOME}", "error", "'${' would read the environment")


def test_an_answer_too_long_for_wechat_is_shown_with_its_size(tree: Tree) -> None:
    root = tree(FAQ, '"7 天内可退。"', f'"7 天内可退{"。" * 678}"')
    alone(root, FAQ, "天内可退。", "error", "is 2048 bytes long; WeChat takes 2047")
    assert validate(tree(FAQ, '"7 天内可退。"', f'"7 天内可退{"。" * 677}"')) == []


# Facts


def test_an_answer_that_contradicts_a_rule_is_shown_at_the_answer(tree: Tree) -> None:
    root = tree("data/demo/policies.yml", "no_reason_days: 7", "no_reason_days: 17")
    assert shown(
        root, FAQ, '"7 天内可退。"', "error", "should say '17 天内': returns.no_reason_days is 17 in"
    ) == shown(root, FAQ, '"You have 7 days."', "error", "should say '17 days': returns.no_reason_days is 17 in")


def test_a_number_is_not_found_inside_a_longer_one(tree: Tree) -> None:
    root = tree(FAQ, "7 天内可退", "17 天内可退")
    alone(root, FAQ, "17 天内", "error", "'faq/return_window' should say '7 天内'")


def test_an_answer_written_for_another_rule_is_shown(tree: Tree) -> None:
    root = tree("data/demo/policies.yml", "postage: customer", "postage: shop")
    alone(root, FAQ, "returns.postage", "error", "was written when returns.postage was customer; it is shop in")


@pytest.mark.parametrize("rule", ["returns.no_reason_days", "returns.postage"])
def test_a_rule_that_is_not_there_is_shown(tree: Tree, rule: str) -> None:
    root = tree(FAQ, rule, f"{rule}.wrong")
    alone(root, FAQ, f"{rule}.wrong", "error", f"the rule '{rule}.wrong', which data/demo/policies.yml does not have")


def test_a_quotation_without_a_form_is_shown(tree: Tree) -> None:
    shown(tree(FAQ, 'en: "{} days"', 'en: "days"'), FAQ, "no_reason_days", "error", "say how 'returns.no_reason_days'")


def test_a_shop_without_policies_has_nothing_to_contradict(tree: Tree) -> None:
    root = tree(FAQ, "7 天内可退", "17 天内可退")
    (root / "data/demo/policies.yml").unlink()
    assert validate(root) == []
