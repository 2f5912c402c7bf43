"""Writes config-4x.json beside the config.json of each family fixture: the same model as transformers 4.x saves it.

    python -m venv old && old/bin/pip install transformers==4.57.1
    old/bin/python test/reference/make_dialect_configs.py

Only configurations are made, so torch is not needed. The test loads each fixture with either file and expects one
fingerprint.
"""

import json
from pathlib import Path

from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    LlamaConfig,
    MistralConfig,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)

FIXTURES = Path(__file__).resolve().parent.parent / "engine" / "fixtures"
SHAPE = dict(
    vocab_size=256, hidden_size=48, intermediate_size=72, max_position_embeddings=128, num_attention_heads=4,
    num_key_value_heads=2, bos_token_id=1, eos_token_id=2, pad_token_id=0,
)  # fmt: skip
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}


def write(name, config, architecture, edit=lambda config: None):
    config.architectures = [architecture]
    value = json.loads(config.to_json_string())
    edit(value)
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    (FIXTURES / name / "config-4x.json").write_text(text, encoding="utf-8")


def old_gemma(config):
    """As the checkpoints on the hub have it: a pattern instead of the list."""
    for key in ("layer_types", "_sliding_window_pattern"):
        config.pop(key, None)
    config["sliding_window_pattern"] = 3


def main():
    def llama(**more):
        return LlamaConfig(**SHAPE, rms_norm_eps=2e-3, **more)

    llama3 = {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
    }  # fmt: skip
    write("llama3-rope", llama(num_hidden_layers=3, head_dim=16, rope_theta=5000.0, rope_scaling=llama3), "LlamaForCausalLM")
    linear = {"type": "linear", "factor": 4.0}
    write("llama-linear", llama(num_hidden_layers=2, rope_theta=4000.0, rope_scaling=linear), "LlamaForCausalLM")
    yarn = {**YARN, "beta_fast": 1.5, "beta_slow": 0.1, "mscale": 0.8, "mscale_all_dim": 0.4, "truncate": False}
    write("llama-yarn", llama(num_hidden_layers=2, rope_theta=3000.0, rope_scaling=yarn), "LlamaForCausalLM")
    write(
        "mistral-window",
        MistralConfig(
            **SHAPE, num_hidden_layers=3, head_dim=16, sliding_window=16, rope_theta=70000.0, rms_norm_eps=1e-3
        ),
        "MistralForCausalLM",
    )
    smol = dict(num_hidden_layers=4, rope_theta=30000.0, rms_norm_eps=1e-3)
    write("smollm3", SmolLM3Config(**SHAPE, **smol, no_rope_layers=[1, 0, 1, 0], tie_word_embeddings=True), "SmolLM3ForCausalLM")
    write(
        "smollm3-window",
        SmolLM3Config(
            **SHAPE, **smol, no_rope_layer_interval=2, use_sliding_window=True, sliding_window=16,
            tie_word_embeddings=False,
        ),
        "SmolLM3ForCausalLM",
        edit=lambda config: config.pop("layer_types"),
    )  # fmt: skip
    write(
        "qwen2-window",
        Qwen2Config(
            **SHAPE, num_hidden_layers=3, use_sliding_window=True, sliding_window=16, max_window_layers=1,
            rope_theta=80000.0, rms_norm_eps=1e-3,
        ),
        "Qwen2ForCausalLM",
        edit=lambda config: config.pop("layer_types"),
    )  # fmt: skip
    write(
        "qwen2-yarn",
        Qwen2Config(
            **SHAPE, num_hidden_layers=2, rope_theta=20000.0, rope_scaling=dict(YARN), rms_norm_eps=1e-3,
            tie_word_embeddings=True,
        ),
        "Qwen2ForCausalLM",
        edit=lambda config: config.pop("tie_word_embeddings"),
    )  # fmt: skip
    write(
        "qwen3",
        Qwen3Config(
            **SHAPE, num_hidden_layers=3, head_dim=20, rope_theta=50000.0, rms_norm_eps=1e-3, tie_word_embeddings=True
        ),
        "Qwen3ForCausalLM",
    )
    gemma = dict(head_dim=16, query_pre_attn_scalar=5, sliding_window=16, rms_norm_eps=1e-3, num_hidden_layers=4)
    write(
        "gemma2",
        Gemma2Config(
            **SHAPE, **gemma, attn_logit_softcapping=3.0, final_logit_softcapping=4.0, rope_theta=5000.0
        ),
        "Gemma2ForCausalLM",
        edit=lambda config: config.pop("layer_types"),
    )
    write(
        "gemma3",
        Gemma3TextConfig(
            **SHAPE, **gemma, rope_theta=90000.0, rope_local_base_freq=700.0,
            rope_scaling={"rope_type": "linear", "factor": 4.0},
        ),
        "Gemma3ForCausalLM",
        edit=old_gemma,
    )  # fmt: skip
    phi = dict(rope_theta=6000.0, partial_rotary_factor=0.5, rms_norm_eps=1e-3)
    write(
        "phi3",
        Phi3Config(**SHAPE, **phi, num_hidden_layers=3, sliding_window=16, original_max_position_embeddings=128),
        "Phi3ForCausalLM",
    )
    longrope = {"type": "longrope", "short_factor": [1.0, 1.1, 1.3], "long_factor": [1.5, 3.0, 7.0]}
    write(
        "phi3-longrope",
        Phi3Config(
            **SHAPE, **phi, num_hidden_layers=2, original_max_position_embeddings=32, rope_scaling=longrope,
            tie_word_embeddings=True,
        ),
        "Phi3ForCausalLM",
    )  # fmt: skip


if __name__ == "__main__":
    main()
