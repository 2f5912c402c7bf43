"""Makes the fixtures of the decoder families beyond those of make_goldens.py: tiny random checkpoints with the
special parts of each family, and what the reference implementation computes with them.

    pip install torch==2.15 transformers==5.23 tokenizers==0.23 safetensors
    python test/reference/make_family_goldens.py [fixtures, all by default]

Each fixture holds the logits of all positions of a short input, of all positions of an input that is longer than
every window and every original context length, and 20 greedy tokens with the gap between the best two logits.
Norms, biases, theta and eps are not the defaults. Beside config.json (transformers 5.x) lies config-4x.json, the
same model in the dialect of 4.x, where the two differ; `make_dialect_configs.py` writes it with that version.
"""

import json
import shutil
import sys

import torch
from make_goldens import FIXTURES, greedy, write_json
from safetensors.torch import save_file
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    SmolLM3Config,
    SmolLM3ForCausalLM,
)

VOCAB = 256
SHORT, LONG = 24, 96
SHAPE = dict(vocab_size=VOCAB, hidden_size=48, intermediate_size=72, max_position_embeddings=128)
HEADS = dict(num_attention_heads=4, num_key_value_heads=2)
IDS = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)
WINDOW = 16


def default_rope(theta, **more):
    return {"rope_type": "default", "rope_theta": theta, **more}


def randomise(model, seed, centre):
    """Norm weights lie around `centre`: 0 where the family adds 1 to them."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if "norm" in name.lower() and name.endswith("weight"):
                p.copy_(centre + 0.3 * noise)
            elif name.endswith("bias"):
                p.copy_(0.2 * noise)
            elif "embed" in name:
                p.copy_(0.7 * noise)
            else:
                p.copy_(1.3 * noise / p.shape[-1] ** 0.5)


def ids(count, seed, vocab):
    return torch.randint(3, vocab, (1, count), generator=torch.Generator().manual_seed(seed))


def family(name, model, dtype, centre=1.0, outliers=False):
    if len(sys.argv) > 1 and name not in sys.argv[1:]:
        return
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    randomise(model, seed=sum(map(ord, name)), centre=centre)
    if outliers:
        add_outliers(model)
    model.to(dtype).save_pretrained(folder)
    # Loaded anew: `to(bfloat16)` has rounded the RoPE frequencies, too, which no loader could know.
    model = type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    vocab = model.config.vocab_size
    short, long = ids(SHORT, 1, vocab), ids(LONG, 2, vocab)
    with torch.no_grad():
        tokens, gaps = greedy(model, short[:, :8], 20)
        save_file(
            {"short": model(short).logits[0].contiguous(), "long": model(long).logits[0].contiguous()},
            folder / "golden.safetensors",
        )
    golden = {"short": short[0].tolist(), "long": long[0].tolist(), "greedy": tokens, "gaps": gaps}
    write_json(folder / "golden.json", golden)
    print(f"{name:16s} std of logits {model(long).logits.std().item():.2f}")


def add_outliers(model):
    """Two input channels of one layer's MLP are many times as large as the others (Dettmers et al.,
    arXiv:2208.07339), and their weights as much smaller: the same function, but one scale a row leaves the other
    channels few bits."""
    with torch.no_grad():
        layer = model.model.layers[1]
        layer.post_attention_layernorm.weight[[3, 17]] = 40.0
        layer.mlp.gate_proj.weight[:, [3, 17]] /= 40.0
        layer.mlp.up_proj.weight[:, [3, 17]] /= 40.0


def llamas():
    def llama(**more):
        return LlamaForCausalLM(LlamaConfig(**SHAPE, **HEADS, **IDS, rms_norm_eps=2e-3, **more))

    llama3 = {
        "rope_type": "llama3", "rope_theta": 5000.0, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 32,
    }  # fmt: skip
    family("llama3-rope", llama(num_hidden_layers=3, rope_parameters=llama3, head_dim=16), torch.bfloat16)
    linear = {"rope_type": "linear", "rope_theta": 4000.0, "factor": 4.0}
    family("llama-linear", llama(num_hidden_layers=2, rope_parameters=linear), torch.float16)
    yarn = {
        "rope_type": "yarn", "rope_theta": 3000.0, "factor": 4.0, "original_max_position_embeddings": 32,
        "beta_fast": 1.5, "beta_slow": 0.1, "mscale": 0.8, "mscale_all_dim": 0.4, "truncate": False,
    }  # fmt: skip
    family("llama-yarn", llama(num_hidden_layers=2, rope_parameters=yarn), torch.float32)
    wide = dict(vocab_size=128, hidden_size=256, intermediate_size=64, max_position_embeddings=128, head_dim=16)
    config = LlamaConfig(
        **wide, **HEADS, **IDS, num_hidden_layers=2, rms_norm_eps=2e-3, rope_parameters=default_rope(9000.0),
        tie_word_embeddings=True,
    )  # fmt: skip
    family("llama-outliers", LlamaForCausalLM(config), torch.float16, outliers=True)



def mistral():
    config = MistralConfig(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=3, head_dim=16, sliding_window=WINDOW,
        rope_parameters=default_rope(70000.0), rms_norm_eps=1e-3,
    )  # fmt: skip
    family("mistral-window", MistralForCausalLM(config), torch.bfloat16)


def smollm3():
    config = SmolLM3Config(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=4, no_rope_layers=[1, 0, 1, 0],
        rope_parameters=default_rope(30000.0), rms_norm_eps=1e-3, tie_word_embeddings=True,
    )  # fmt: skip
    family("smollm3", SmolLM3ForCausalLM(config), torch.bfloat16)
    config = SmolLM3Config(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=4, no_rope_layer_interval=2, use_sliding_window=True,
        sliding_window=WINDOW, rope_parameters=default_rope(30000.0), rms_norm_eps=1e-3, tie_word_embeddings=False,
    )  # fmt: skip
    family("smollm3-window", SmolLM3ForCausalLM(config), torch.bfloat16)


def qwen():
    config = Qwen2Config(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=3, use_sliding_window=True, sliding_window=WINDOW,
        max_window_layers=1, rope_parameters=default_rope(80000.0), rms_norm_eps=1e-3,
    )  # fmt: skip
    family("qwen2-window", Qwen2ForCausalLM(config), torch.bfloat16)
    yarn = {"rope_type": "yarn", "rope_theta": 20000.0, "factor": 4.0, "original_max_position_embeddings": 32}
    config = Qwen2Config(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=2, rope_parameters=yarn, rms_norm_eps=1e-3,
        tie_word_embeddings=True,
    )  # fmt: skip
    family("qwen2-yarn", Qwen2ForCausalLM(config), torch.float16)
    config = Qwen3Config(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=3, head_dim=20, rope_parameters=default_rope(50000.0),
        rms_norm_eps=1e-3, tie_word_embeddings=True,
    )  # fmt: skip
    family("qwen3", Qwen3ForCausalLM(config), torch.bfloat16)


def gemma():
    config = Gemma2Config(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=4, head_dim=16, query_pre_attn_scalar=5, sliding_window=WINDOW,
        attn_logit_softcapping=3.0, final_logit_softcapping=4.0, rope_parameters=default_rope(5000.0),
        rms_norm_eps=1e-3,
    )  # fmt: skip
    family("gemma2", Gemma2ForCausalLM(config), torch.bfloat16, centre=0.0)
    config = Gemma3TextConfig(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=4, head_dim=16, query_pre_attn_scalar=5, sliding_window=WINDOW,
        layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={
            "sliding_attention": default_rope(700.0),
            "full_attention": {"rope_type": "linear", "rope_theta": 90000.0, "factor": 4.0},
        },
        rms_norm_eps=1e-3,
    )  # fmt: skip
    family("gemma3", Gemma3ForCausalLM(config), torch.bfloat16, centre=0.0)


def phi3():
    config = Phi3Config(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=3, sliding_window=WINDOW, rms_norm_eps=1e-3,
        rope_parameters=default_rope(6000.0, partial_rotary_factor=0.5), original_max_position_embeddings=128,
    )  # fmt: skip
    family("phi3", Phi3ForCausalLM(config), torch.bfloat16)
    turning = 3  # half of the 6 components that turn
    longrope = {
        "rope_type": "longrope", "rope_theta": 6000.0, "partial_rotary_factor": 0.5,
        "short_factor": [1.0, 1.1, 1.3][:turning], "long_factor": [1.5, 3.0, 7.0][:turning],
        "original_max_position_embeddings": 32,
    }  # fmt: skip
    config = Phi3Config(
        **SHAPE, **HEADS, **IDS, num_hidden_layers=2, rms_norm_eps=1e-3, rope_parameters=longrope,
        original_max_position_embeddings=32, tie_word_embeddings=True,
    )  # fmt: skip
    family("phi3-longrope", Phi3ForCausalLM(config), torch.float16)


if __name__ == "__main__":
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for make in (llamas, mistral, smollm3, qwen, gemma, phi3):
        make()
    sizes = [path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file()]
    print(f"{sum(sizes) / 2**20:.1f} MiB in {len(sizes)} files")
    print(json.dumps(sorted(p.name for p in FIXTURES.iterdir() if p.is_dir())))
