"""Small Whisper checkpoints in the engines' own formats, made in a second and thrown away after the test.

`random_checkpoint` is random throughout. `planted_checkpoint` is random too, but its decoder is bent so that
it says one sentence for every window of thirty seconds, whatever it hears, surely and in good time: that
lets a test see words, times, pieces and flags. Neither knows anything about sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

N_VOCAB = 51_865
_STATE, _HEADS, _LAYERS = 64, 2, 2
_LOUD = 20.0

PLANTED: tuple[tuple[float, float, str], ...] = (
    (0.0, 2.4, " And so my fellow Americans"),
    (2.4, 4.6, " ask what your country can do"),
)


def random_checkpoint(path: Path, *, seed: int = 0, n_text_ctx: int = 32) -> Path:
    """Random weights; few decoder positions, so that its endless babble stays short."""
    model = _model(seed, n_text_ctx)
    return _save(model, path)


def planted_checkpoint(
    path: Path, *, seed: int = 0, said: Sequence[tuple[float, float, str]] = PLANTED, language: str = "en"
) -> Path:
    """Random weights that say `said` (start and end in seconds of the window, text) in each window."""
    return _save(_planted(seed, said, language), path)


def planted_ct2(
    folder: Path, *, seed: int = 0, said: Sequence[tuple[float, float, str]] = PLANTED, language: str = "en"
) -> Path:
    """The same model in the layout of faster-whisper, made by CTranslate2's own converter."""
    import json

    from ctranslate2.converters.transformers import WhisperLoader
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    dims = _dims(64)
    config = WhisperConfig(
        vocab_size=N_VOCAB,
        num_mel_bins=dims["n_mels"],
        d_model=_STATE,
        encoder_layers=_LAYERS,
        decoder_layers=_LAYERS,
        encoder_attention_heads=_HEADS,
        decoder_attention_heads=_HEADS,
        encoder_ffn_dim=4 * _STATE,
        decoder_ffn_dim=4 * _STATE,
        max_source_positions=dims["n_audio_ctx"],
        max_target_positions=dims["n_text_ctx"],
    )
    model = WhisperForConditionalGeneration(config)
    state = {
        _in_transformers(name): value for name, value in _planted(seed, said, language).state_dict().items()
    }
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected, unexpected
    assert set(missing) <= {"proj_out.weight"}, missing
    model.tie_weights()
    model.generation_config = GenerationConfig(
        suppress_tokens=[], begin_suppress_tokens=[], lang_to_id=_language_ids()
    )
    loader = WhisperLoader()
    spec = loader.get_model_spec(model.float().eval())
    loader.set_config(spec.config, model, None)
    encoding = _encoding()
    loader.set_vocabulary(spec, _vocabulary(encoding))
    spec.validate()
    spec.optimize()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    _save_tokenizer(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": dims["n_mels"]}))
    return folder


def _dims(n_text_ctx: int) -> dict[str, int]:
    return {
        "n_mels": 80,
        "n_audio_ctx": 1500,
        "n_audio_state": _STATE,
        "n_audio_head": _HEADS,
        "n_audio_layer": _LAYERS,
        "n_vocab": N_VOCAB,
        "n_text_ctx": n_text_ctx,
        "n_text_state": _STATE,
        "n_text_head": _HEADS,
        "n_text_layer": _LAYERS,
    }


def _model(seed: int, n_text_ctx: int) -> Any:
    import torch
    from whisper.model import ModelDimensions, Whisper

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Whisper(ModelDimensions(**_dims(n_text_ctx)))
        with torch.no_grad():
            # Whisper leaves this one as whatever lay in memory.
            model.decoder.positional_embedding.normal_(0.0, 0.5)
    return model


def _planted(seed: int, said: Sequence[tuple[float, float, str]], language: str) -> Any:
    """Each decoder position gets a direction of its own, and the token wanted there points the same way."""
    import torch

    encoding = _encoding()
    tokens = [encoding.encode_single_token(f"<|{language}|>"), -1]
    for start, end, text in said:
        tokens += [_timestamp(encoding, start), *encoding.encode(text), _timestamp(encoding, end)]
    tokens.append(encoding.eot_token)
    assert len(tokens) < _STATE, "Too long a text for so small a model."
    model = _model(seed, 64)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed + 1)
        directions, _ = torch.linalg.qr(torch.randn(_STATE, _STATE))
        decoder = model.decoder
        decoder.positional_embedding.copy_(_LOUD * directions)
        decoder.token_embedding.weight.normal_(0.0, 0.005)
        decoder.ln.weight.fill_(6.0)
        for position, token in enumerate(tokens):
            if token >= 0:
                decoder.token_embedding.weight[token] += directions[position]
    return model


def _save(model: Any, path: Path) -> Path:
    import torch

    dims = {name: getattr(model.dims, name) for name in _dims(0)}
    torch.save({"dims": dims, "model_state_dict": model.state_dict()}, path)
    return path


def _encoding() -> Any:
    from whisper.tokenizer import get_encoding

    return get_encoding("multilingual", num_languages=99)


def _timestamp(encoding: Any, seconds: float) -> int:
    return int(encoding.encode_single_token(f"<|{round(seconds / 0.02) * 0.02:.2f}|>"))


def _language_ids() -> dict[str, int]:
    from whisper.tokenizer import LANGUAGES

    encoding = _encoding()
    return {f"<|{code}|>": encoding.encode_single_token(f"<|{code}|>") for code in list(LANGUAGES)[:99]}


def _byte_letters() -> dict[int, str]:
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    return bytes_to_unicode()


def _vocabulary(encoding: Any) -> list[str]:
    letters = _byte_letters()
    special = {number: text for text, number in encoding._special_tokens.items()}
    return [
        special.get(number) or "".join(letters[byte] for byte in encoding.decode_single_token_bytes(number))
        for number in range(encoding.n_vocab)
    ]


def _save_tokenizer(folder: Path) -> None:
    import whisper
    from transformers.convert_slow_tokenizer import TikTokenConverter

    encoding = _encoding()
    special = sorted(encoding._special_tokens, key=encoding._special_tokens.get)
    tokenizer = TikTokenConverter(
        vocab_file=str(Path(whisper.__file__).parent / "assets" / "multilingual.tiktoken"),
        pattern=encoding._pat_str,
        extra_special_tokens=special,
    ).converted()
    assert tokenizer.token_to_id("<|endoftext|>") == encoding.eot_token
    tokenizer.save(str(folder / "tokenizer.json"))


def _in_transformers(name: str) -> str:
    """A weight's name in transformers, from its name in openai-whisper."""
    for ours, theirs in (
        ("blocks", "layers"),
        ("mlp.0", "fc1"),
        ("mlp.2", "fc2"),
        ("mlp_ln", "final_layer_norm"),
        (".attn.query", ".self_attn.q_proj"),
        (".attn.key", ".self_attn.k_proj"),
        (".attn.value", ".self_attn.v_proj"),
        (".attn_ln", ".self_attn_layer_norm"),
        (".attn.out", ".self_attn.out_proj"),
        (".cross_attn.query", ".encoder_attn.q_proj"),
        (".cross_attn.key", ".encoder_attn.k_proj"),
        (".cross_attn.value", ".encoder_attn.v_proj"),
        (".cross_attn_ln", ".encoder_attn_layer_norm"),
        (".cross_attn.out", ".encoder_attn.out_proj"),
        ("decoder.ln.", "decoder.layer_norm."),
        ("encoder.ln_post.", "encoder.layer_norm."),
        ("token_embedding", "embed_tokens"),
        ("encoder.positional_embedding", "encoder.embed_positions.weight"),
        ("decoder.positional_embedding", "decoder.embed_positions.weight"),
    ):
        name = name.replace(ours, theirs)
    return f"model.{name}"
