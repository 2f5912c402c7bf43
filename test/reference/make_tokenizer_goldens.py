"""Makes test/engine/fixtures/tokenizers: small tokenizers built like those of well-known families, with a chat
template each, and what tokenizers and transformers make of a nasty multilingual text and of some conversations.

    pip install transformers==5.23 tokenizers==0.23
    python test/reference/make_tokenizer_goldens.py
"""

import json
import shutil

from make_goldens import FIXTURES, NASTY, corpus, write_json
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

FOLDER = FIXTURES / "tokenizers"
MORE = (
    "I'LL we've 3.14159 1,000,000 v2.0.1 foo_bar camelCase HTTPServer\n\n\n\tif (x) {\r\n    y();\n}\n"
    " lead trail  \n ﬁne ½ Å Å ｆｕｌｌ １２３ İstanbul ǆ ß ΑΣ "
    "𝔘𝔫𝔦 😀😃 ☃ ‮rtl‬ ‍‌ \u0085\u2028x\u00ad\ufeff \ue000 𓀀 ქართული தமிழ் ខ្មែរ བོད"
)
TEXTS = [NASTY, MORE, "", " ", "a", "  two", "▁", "<0x41> <s> </s> <bos>", "\n", "é", "e\u0301", "日本語"]
CONVERSATIONS = [
    [{"role": "user", "content": "  Où est l'église?\n"}],
    [
        {"role": "system", "content": "Be brief. "},
        {"role": "user", "content": "1 < 2 & \"quotes\" {{ x }}"},
        {"role": "assistant", "content": "Yes.\n"},
        {"role": "user", "content": "日本語 👍🏽"},
    ],
]

LLAMA3 = (
    "{{- bos_token }}{%- if not date_string is defined %}{%- if strftime_now is defined %}"
    "{%- set date_string = strftime_now('%d %b %Y') %}{%- else %}{%- set date_string = '26 Jul 2024' %}{%- endif %}"
    "{%- endif %}{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content']|trim %}"
    "{%- set messages = messages[1:] %}{%- else %}{%- set system_message = '' %}{%- endif %}"
    "{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' }}{{- 'Today Date: ' + date_string + '\\n\\n' }}"
    "{{- system_message }}{{- '<|eot_id|>' }}{%- for message in messages %}"
    "{%- if not (message.role == 'ipython' or 'tool_calls' in message) %}"
    "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}"
    "{%- endif %}{%- endfor %}{%- if add_generation_prompt %}"
    "{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"
)
QWEN = (
    "{%- if messages[0]['role'] == 'system' %}{{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}"
    "{%- else %}{{- '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}{%- endif %}"
    "{%- set ns = namespace(count=0) %}{%- for message in messages %}"
    "{%- if (message.role == 'user') or (message.role == 'system' and not loop.first) or "
    "(message.role == 'assistant' and not message.tool_calls) %}{%- set ns.count = ns.count + 1 %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
MISTRAL = (
    "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content'] %}"
    "{%- set loop_messages = messages[1:] %}{%- else %}{%- set loop_messages = messages %}{%- endif %}{{- bos_token }}"
    "{%- for message in loop_messages %}{%- if message['role'] == 'user' %}"
    "{%- if loop.last and system_message is defined %}{{- '[INST] ' + system_message + '\\n\\n' + message['content'] + ' [/INST]' }}"
    "{%- else %}{{- '[INST] ' + message['content'] + ' [/INST]' }}{%- endif %}"
    "{%- elif message['role'] == 'assistant' %}{{- ' ' + message['content'] + eos_token}}{%- endif %}{%- endfor %}"
)


def split_bpe(pattern, normaliser, special, ignore_merges=False):
    raw = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normaliser:
        raw.normalizer = normaliser
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet))
    raw.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return raw


def spm_bpe(prefix, special):
    """SentencePiece BPE with byte fallback, as converted: merges over characters, no pre-tokenizer."""
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always" if prefix else "never")
    ascii_only = ["".join(c for c in text if ord(c) < 0x250) for text in corpus()]
    trained.train_from_iterator(ascii_only, trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>"]))
    model = json.loads(trained.to_str())["model"]
    vocab = {token: i for i, token in enumerate([*special, *bytes_])}
    for token in model["vocab"]:
        vocab.setdefault(token, len(vocab))
    merges = [tuple(pair) for pair in model["merges"]]
    raw = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    steps = [normalizers.Prepend("▁")] if prefix else []
    raw.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", "▁")])
    undo = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    raw.decoder = decoders.Sequence([*undo, *([decoders.Strip(" ", 1, 0)] if prefix else [])])
    raw.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return raw


def save(name, raw, template, dialect4=False, bos=None, **specials):
    folder = FOLDER / name
    if bos is not None:
        bos_id = raw.token_to_id(bos)
        raw.post_processor = processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, bos_id)])
        specials["bos_token"] = bos
    fast = PreTrainedTokenizerFast(tokenizer_object=raw, **specials)
    fast.chat_template = template
    fast.save_pretrained(folder)
    if dialect4:  # the template in tokenizer_config.json
        (folder / "chat_template.jinja").unlink()
        config = json.loads((folder / "tokenizer_config.json").read_text())
        config["chat_template"] = template
        config["tokenizer_class"] = "PreTrainedTokenizerFast"
        write_json(folder / "tokenizer_config.json", config)
    plain = Tokenizer.from_str(raw.to_str())
    plain.encode_special_tokens = True
    rows = [
        {
            "text": text,
            "plain": plain.encode(text, add_special_tokens=False).ids,
            "special": raw.encode(text, add_special_tokens=False).ids,
            "decoded": raw.decode(plain.encode(text, add_special_tokens=False).ids, skip_special_tokens=True),
        }
        for text in TEXTS
    ]
    chats = []
    for messages in CONVERSATIONS:
        try:
            chat = fast.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True, date_string="26 Jul 2024"
            )
        except Exception:
            chat = None  # the template raises
        chats.append({"messages": messages, "chat": chat})
    write_json(folder / "golden.json", {"rows": rows, "chats": chats})
    print(name, raw.get_vocab_size(), [len(row["plain"]) for row in rows])


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    llama3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    qwen2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    header = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    save("llama3", split_bpe(llama3, None, header, ignore_merges=True), LLAMA3, bos=header[0], eos_token="<|eot_id|>")
    turns = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    save("qwen2", split_bpe(qwen2, normalizers.NFC(), turns), QWEN, dialect4=True, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    save("llama2", spm_bpe(True, ["<unk>", "<s>", "</s>"]), MISTRAL, bos="<s>", eos_token="</s>", unk_token="<unk>")
    gemma = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    save("gemma", spm_bpe(False, gemma), GEMMA, dialect4=True, bos="<bos>", eos_token="<eos>", unk_token="<unk>", pad_token="<pad>")
