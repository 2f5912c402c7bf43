"""Writes golden.json into the folder of a real instruct model, for test/engine/real-checkpoint.test.ts.

    pip install torch==2.15 transformers==5.23
    python test/reference/make_real_golden.py <folder, for example of SmolLM2-135M-Instruct>
    GRAPHBLEND_TEST_CHECKPOINT=<folder> npm test
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = sys.argv[1]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
messages = [{"role": "user", "content": "Who built the Fram, and where? Answer in one sentence. 🧊 Größe 12,5 km²"}]
text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
with torch.no_grad():
    last = model(ids).logits[0, -1]
    out = model.generate(ids, do_sample=False, max_new_tokens=20, min_new_tokens=20)[0, ids.shape[1] :]
top = last.topk(8)
golden = {
    "messages": messages,
    "chat": text,
    "ids": ids[0].tolist(),
    "top": [[index, value] for index, value in zip(top.indices.tolist(), top.values.tolist(), strict=True)],
    "greedy": out.tolist(),
}
(Path(folder) / "golden.json").write_text(json.dumps(golden, ensure_ascii=False), encoding="utf-8")
