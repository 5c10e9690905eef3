"""The tokeniser for Chinese, English and mixed text: spaCy documents and Rasa tokens from one pass."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import SPACY_DOCS, TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.nlu.normalise import Aligned, align
from bot.nlu.words import UNIT

ALIGNED = "aligned_text"
"""Where the normalised text of a message stands, with its offsets, for the components that follow."""

MOST_CHARACTERS = 2000
"""More than a question ever needs; the rest of a pasted novel is not looked at."""

_MOST_STRINGS = 50_000


def read(text: str) -> tuple[Aligned, Doc]:
    """The normalised text and its document, a token per Chinese character, word, number or sign."""
    aligned = align(text[:MOST_CHARACTERS])
    return aligned, document(aligned.text)


def document(normalised: str) -> Doc:
    """A spaCy document whose text is exactly `normalised`."""
    words: list[str] = []
    spaces: list[bool] = []
    at = 0
    for match in UNIT.finditer(normalised):
        start = match.start()
        if start > at:
            if start - at == 1 and words and normalised[at] == " ":
                spaces[-1] = True
            else:
                words.append(normalised[at:start])
                spaces.append(False)
        words.append(match.group())
        spaces.append(False)
        at = match.end()
    if at < len(normalised):
        if normalised[at:] == " " and words:
            spaces[-1] = True
        else:
            words.append(normalised[at:])
            spaces.append(False)
    return Doc(vocabulary(), words=words, spaces=spaces)


_vocab = Vocab()


def vocabulary() -> Vocab:
    """The spaCy vocabulary of new documents.

    spaCy never forgets a string, so customers' misspellings would pile up for as long as the server runs; a fresh
    vocabulary takes over before that hurts. Matchers compare hashes of strings and do not mind.
    """
    global _vocab
    if len(_vocab.strings) > _MOST_STRINGS:
        _vocab = Vocab()
    return _vocab


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class BilingualTokenizer(Tokenizer):  # type: ignore[misc]  # Rasa has no types
    """One pipeline for Chinese and English: no segmenter, no whitespace needed, offsets of the original text.

    A message also gets its normalised text and the spaCy document of it.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy", "opencc"]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Tokens of the examples' texts; nothing learns from the words of answers, which are far more."""
        for example in training_data.training_examples:
            if example.get(TEXT):
                example.set(TOKENS_NAMES[TEXT], self.tokenize(example, TEXT))
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The tokens of an attribute, cut out of the original text and carrying the normalised form as lemma."""
        text = message.get(attribute)
        if attribute == TEXT:
            aligned, doc = read(text)
            message.set(ALIGNED, aligned)
            message.set(SPACY_DOCS[TEXT], doc)
        else:
            aligned = align(text)
        tokens = []
        for match in UNIT.finditer(aligned.text):
            start, end = aligned.span(*match.span())
            tokens.append(Token(text[start:end], start, end, lemma=match.group()))
        cut: list[Token] = self._apply_token_pattern(tokens)
        return cut
