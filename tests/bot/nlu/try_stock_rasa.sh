#!/bin/sh
# Trains and talks to a small bot with our NLU components in a stock Rasa 3.6.21, to see that they work in a plain Rasa
# project: `sh tests/bot/nlu/try_stock_rasa.sh PYTHON`, where PYTHON belongs to an environment with rasa[spacy], opencc,
# pypinyin, rapidfuzz and lunar_python. Not part of the suite: it needs TensorFlow.
set -eu
python=${1:?the Python of an environment with stock Rasa}
root=$(cd "$(dirname "$0")/../../.." && pwd)
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
mkdir "$project/data"
cp "$root/tests/bot/nlu/small.yml" "$root/data/vocabulary.yml" "$root/data/mood.yml" "$project/data/"
cat > "$project/config.yml" <<'Y'
recipe: default.v1
assistant_id: stock
language: zh
pipeline:
- name: bot.nlu.language.LanguageDetector
- name: bot.nlu.tokens.BilingualTokenizer
- name: bot.nlu.entities.ShopEntities
- name: bot.nlu.classifier.IntentClassifier
- name: bot.nlu.mood.MoodDetector
policies:
- name: RulePolicy
Y
cat > "$project/domain.yml" <<'Y'
version: "3.1"
intents: [greet, track_order, return_item, exchange_item, store_hours, inform, out_of_scope, faq]
entities: [language, order_number, tracking_number, phone, phone_tail, code, rma, amount, date, time, store, city,
  product, category, size, service, reason, payment_method, region]
slots:
  language: {type: text, mappings: [{type: from_entity, entity: language}]}
  store: {type: text, mappings: [{type: from_entity, entity: store}]}
responses:
  utter_greet: [{text: hello}]
  utter_store_hours: [{text: "hours of {store} in {language}"}]
  utter_faq/return_postage: [{text: postage}]
  utter_faq/invoice_when: [{text: invoice}]
Y
cat > "$project/data/rules.yml" <<'Y'
version: "3.1"
rules:
- rule: frequent questions
  steps: [{intent: faq}, {action: utter_faq}]
- rule: store hours
  steps: [{intent: store_hours}, {action: utter_store_hours}]
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
Y
cd "$project"
export PYTHONPATH="$root" TF_CPP_MIN_LOG_LEVEL=3 RASA_TELEMETRY_ENABLED=false LOG_LEVEL=ERROR
"$python" -m rasa train --fixed-model-name model --quiet
"$python" - <<'P'
import asyncio
import logging

import structlog
from rasa.core.agent import Agent

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
EXPECTED = {
    "你好": "hello",
    "退货的运费由谁来承担": "postage",
    "南京路店周日几点开门": "hours of S01 in zh",
    "when do I get the invoice": "invoice",
    "what time does Sanlitun open": "hours of S04 in en",
}


async def main() -> None:
    agent = Agent.load("models/model.tar.gz")
    for text, expected in EXPECTED.items():
        said = [reply.get("text") for reply in await agent.handle_text(text)]
        assert said == [expected], (text, said)
        print(text, "->", *said)


asyncio.run(main())
P
