"""The platform's prompt, token for token.

    <s><|system|>SYSTEM<|end|><|user|> passage 1 ... passage n  Question: q<|end|><|assistant|> answer<|end|>

The prefix, every passage and the question are tokenised alone and their ids concatenated, so that a
passage has the same ids whatever stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

PAD, BOS, SYSTEM, USER, ASSISTANT, END = SPECIALS = ["<pad>", "<s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
PAD_ID, BOS_ID, SYSTEM_ID, USER_ID, ASSISTANT_ID, END_ID = range(6)
INSTRUCTION = "Answer from the passages. If they do not say, answer: not stated."
PREFIX = f"{BOS}{SYSTEM}{INSTRUCTION}{END}{USER}"
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' }}{{ message['content'] }}{{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


@dataclass
class Encoder:
    """Turns the parts of a prompt into ids."""

    tokenizer: Tokenizer

    def ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def many(self, texts: list[str]) -> list[list[int]]:
        return [e.ids for e in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def encodings(self, texts: list[str]) -> list[Encoding]:
        """Ids with the character offsets of every token."""
        return self.tokenizer.encode_batch(texts, add_special_tokens=False)

    def prefix(self) -> list[int]:
        return self.ids(PREFIX)

    def question(self, text: str) -> list[int]:
        return self.ids(f"Question: {text}{END}{ASSISTANT}")

    def answer(self, text: str) -> list[int]:
        return self.ids(text) + [END_ID]
