"""One form asks for whatever a routine lacks, and gives way to other questions."""

from __future__ import annotations

from tests.bot.engine.conftest import Customer


async def test_a_routine_gets_what_it_lacks_and_then_does_its_work(customer: Customer) -> None:
    assert await customer.says("where is my order") == ["What is the order number?"]
    assert await customer.says("GT2600010042") == ["What are the last four digits of your phone?"]
    assert await customer.says("8812") == ["Order GT2600010042 is sent."]


async def test_what_was_said_already_is_not_asked_for(customer: Customer) -> None:
    assert await customer.says("where is my order GT2600010042") == ["What are the last four digits of your phone?"]
    await customer.says("8812")
    assert await customer.says("where is my order") == ["Order GT2600010042 is sent."]


async def test_a_question_in_between_is_answered_and_the_form_asks_again(customer: Customer) -> None:
    await customer.says("where is my order")
    assert await customer.says("what does delivery cost") == ["Free above 99.", "What is the order number?"]
    assert await customer.says("where is your store in Shanghai") == [
        "We are in Shanghai.",
        "What is the order number?",
    ]
    assert await customer.says("GT2600010042") == ["What are the last four digits of your phone?"]
    assert await customer.says("8812") == ["Order GT2600010042 is sent."]


async def test_nonsense_in_between_is_not_taken_for_an_answer(customer: Customer) -> None:
    await customer.says("where is my order")
    assert await customer.says("banana") == ["I did not get that.", "What is the order number?"]


async def test_a_correction_changes_a_filled_slot_and_the_form_goes_on(customer: Customer) -> None:
    await customer.says("where is my order GT2600010042")
    turn = await customer.turn("no, the other one, GT2600010043")
    assert [reply.text for reply in turn.replies] == ["What are the last four digits of your phone?"]
    assert await customer.says("8812") == ["Order GT2600010043 is sent."]


async def test_a_refused_value_is_asked_for_again(customer: Customer) -> None:
    await customer.says("where is my order GT2600010042")
    assert await customer.says("0000") == ["What are the last four digits of your phone?"]
    assert await customer.says("8812") == ["Order GT2600010042 is sent."]


async def test_dropping_the_task_closes_the_form(customer: Customer) -> None:
    await customer.says("where is my order")
    assert await customer.says("forget it") == ["All right, dropped."]
    assert await customer.says("thank you") in (["You are welcome."], ["Any time."])


async def test_another_routine_takes_the_form_over(customer: Customer) -> None:
    await customer.says("where is my order")
    assert await customer.says("我要退货") == ["请问订单号是多少？"]
    assert await customer.says("GT2600010042") == ["确定吗？"]
    assert await customer.says("好的") == ["已为 GT2600010042 申请退货"]


async def test_a_button_answers_the_form(customer: Customer) -> None:
    await customer.says("I want to return it")
    await customer.says("GT2600010042")
    assert await customer.says("No", intent="/deny") == ["Fine, we leave it."]


async def test_asking_for_a_person_leaves_the_form(customer: Customer) -> None:
    await customer.says("where is my order")
    turn = await customer.turn("a person please")
    assert [reply.text for reply in turn.replies] == ["I am getting a person for you."]
    assert turn.handoff is not None
    assert await customer.says("hello") == ["Hello!"]


async def test_a_routine_brought_back_by_the_form_may_open_it_again(customer: Customer) -> None:
    await customer.says("where is my order GT2600010042")
    await customer.says("8812")
    assert await customer.says("I want to return it") == ["Are you sure?"]
    assert await customer.says("yes") == ["Return of GT2600010042 registered."]
    assert await customer.says("I want to return it") == ["Are you sure?"]
