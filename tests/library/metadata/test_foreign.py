"""Files of other programs: each layout as that program writes it, through a real file."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.library.metadata import foreign, png
from studio.library.metadata.c2pa import read_credentials
from studio.library.metadata.comfy import read_graph
from studio.library.metadata.embed import read_embedded
from studio.library.metadata.foreign import Foreign, read_comment, read_texts
from studio.library.metadata.stealth import read_stealth
from studio.library.rebuild import draft_of

INFOTEXT = (
    "a boat, dusk\nNegative prompt: fog\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x768, Model: dreamshaper_8, "
    "Version: v1.9.3"
)
COMFY = {
    "3": {"class_type": "KSampler", "inputs": {
        "seed": 8566257, "steps": 20, "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "denoise": 1,
        "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl_base.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["11", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["4", 1]}},
    "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "x", "model": ["4", 0], "clip": ["4", 1]}},
    "11": {"class_type": "PrimitiveString", "inputs": {"value": "a boat, dusk"}},
}  # fmt: skip
FLUX = {
    "13": {"class_type": "SamplerCustomAdvanced", "inputs": {
        "noise": ["25", 0], "guider": ["22", 0], "sampler": ["16", 0], "sigmas": ["17", 0]}},
    "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 99}},
    "22": {"class_type": "BasicGuider", "inputs": {"model": ["12", 0], "conditioning": ["6", 0]}},
    "12": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a boat, dusk", "clip": ["11", 0]}},
}  # fmt: skip

LAYOUTS: dict[str, tuple[dict[str, str], Foreign]] = {
    "A1111": (
        {"parameters": INFOTEXT},
        Foreign(program="A1111", prompt="a boat, dusk", negative_prompt="fog",
                model="dreamshaper_8", seed=42),
    ),
    "SwarmUI": (
        {"parameters": json.dumps({"sui_image_params": {
            "prompt": "a boat, dusk", "negativeprompt": "fog", "model": "SDXL/base", "seed": 42, "steps": 20},
            "sui_extra_data": {"date": "2026-01-01"}})},
        Foreign(program="SwarmUI", prompt="a boat, dusk", negative_prompt="fog",
                model="SDXL/base", seed=42),
    ),
    "Fooocus": (
        {"parameters": json.dumps({
            "prompt": "a boat, dusk", "negative_prompt": "fog", "base_model": "juggernautXL", "seed": "42",
            "loras": [["a", 0.1]]}), "fooocus_scheme": "fooocus"},
        Foreign(program="Fooocus", prompt="a boat, dusk", negative_prompt="fog",
                model="juggernautXL", seed=42),
    ),
    "InvokeAI": (
        {"invokeai_metadata": json.dumps({
            "positive_prompt": "a boat, dusk", "negative_prompt": "fog", "seed": 42, "steps": 30,
            "model": {"key": "k", "name": "FLUX Dev", "base": "flux"}, "app_version": "6.0"})},
        Foreign(program="InvokeAI", prompt="a boat, dusk", negative_prompt="fog",
                model="FLUX Dev", seed=42),
    ),
    "InvokeAI 2": (
        {"sd-metadata": json.dumps({"model_weights": "stable-diffusion-1.5", "image": {
            "prompt": [{"prompt": "a boat, dusk", "weight": 1}], "seed": 42, "steps": 50}})},
        Foreign(program="InvokeAI", prompt="a boat, dusk", model="stable-diffusion-1.5", seed=42),
    ),
    "Dream": (
        {"Dream": '"a boat, dusk" -s 50 -S 42 -W 512 -H 512 -C 7.5 -A k_lms'},
        Foreign(program="InvokeAI", prompt="a boat, dusk", seed=42),
    ),
    "NovelAI": (
        {"Software": "NovelAI", "Source": "NovelAI Diffusion V4", "Description": "a boat, dusk",
         "Comment": json.dumps({"prompt": "a boat, dusk", "uc": "fog", "seed": 42, "steps": 28, "scale": 5})},
        Foreign(program="NovelAI", prompt="a boat, dusk", negative_prompt="fog",
                model="NovelAI Diffusion V4", seed=42),
    ),
    "ComfyUI": (
        {"prompt": json.dumps(COMFY), "workflow": "{}"},
        Foreign(program="ComfyUI", prompt="a boat, dusk", negative_prompt="fog",
                model="sdxl_base.safetensors", seed=8566257),
    ),
    "ComfyUI Flux": (
        {"prompt": json.dumps(FLUX)},
        Foreign(program="ComfyUI", prompt="a boat, dusk", model="flux1-dev.safetensors", seed=99),
    ),
    "Easy Diffusion": (
        {"prompt": "a boat, dusk", "negative_prompt": "fog", "seed": "42",
         "use_stable_diffusion_model": "sd-v1-5"},
        Foreign(prompt="a boat, dusk", negative_prompt="fog", model="sd-v1-5", seed=42),
    ),
    "Midjourney": (
        {"Description": "a boat, dusk --ar 3:2 --v 6.1 Job ID: 0a1b-22"},
        Foreign(program="Midjourney", prompt="a boat, dusk"),
    ),
}  # fmt: skip


def png_with(texts: dict[str, str]) -> bytes:
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_itxt(keyword, text) if not text.isascii() else info.add_text(keyword, text)
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, "PNG", pnginfo=info)
    return file.getvalue()


@pytest.mark.parametrize("name", LAYOUTS)
def test_png_of(name: str, tmp_path: Path) -> None:
    texts, expected = LAYOUTS[name]
    data = png_with(texts)
    found = read_embedded(data, "image/png").foreign()
    assert found is not None
    for field in ("program", "prompt", "negative_prompt", "model", "seed"):
        assert getattr(found, field) == getattr(expected, field), field
    file = tmp_path / "picture.png"
    file.write_bytes(data)
    draft = draft_of(file)
    assert (draft.prompt, draft.provenance.model, draft.provenance.seed) == (
        expected.prompt, expected.model, expected.seed,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
@pytest.mark.parametrize("name", ["A1111", "SwarmUI", "Fooocus"])
def test_user_comment_of(form: str, name: str) -> None:
    texts, expected = LAYOUTS[name]
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + texts["parameters"].encode("utf-16-be")
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, form, exif=exif)
    found = read_embedded(file.getvalue(), f"image/{form.lower()}").foreign()
    assert found is not None
    assert (found.program, found.prompt, found.seed) == (expected.program, expected.prompt, expected.seed)


def test_a_webp_of_comfyui_carries_its_graph_as_the_camera() -> None:
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + json.dumps(COMFY)
    exif[0x010F] = "workflow:{}"
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "WEBP", exif=exif)
    found = read_embedded(file.getvalue(), "image/webp").foreign()
    assert found is not None
    assert (found.program, found.prompt, found.seed) == ("ComfyUI", "a boat, dusk", 8566257)


def test_draw_things_speaks_through_xmp() -> None:
    comment = json.dumps({"c": "a boat, dusk", "uc": "fog", "seed": 42, "steps": 8, "model": "flux_1"})
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/"><exif:UserComment><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{comment}</rdf:li></rdf:Alt></exif:UserComment>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    found = read_embedded(png_with({"XML:com.adobe.xmp": packet}), "image/png").foreign()
    assert found == Foreign(
        program="Draw Things", prompt="a boat, dusk", negative_prompt="fog", model="flux_1", seed=42,
        parameters={"steps": "8"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("suffix", "text"), [(".txt", INFOTEXT), (".swarm.json", LAYOUTS["SwarmUI"][0]["parameters"])]
)
def test_a_file_beside_the_picture_speaks_for_it(suffix: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(png_with({}))
    file.with_suffix(suffix).write_text(text)
    assert draft_of(file).prompt == "a boat, dusk"
    file.with_suffix(suffix).write_text("notes of mine, not parameters")
    assert draft_of(file).prompt == ""


def test_chance_is_no_seed() -> None:
    for seed in (-1, "-1", "random", True, None, 1.5, "9" * 40):
        found = read_comment(json.dumps({"prompt": "x", "seed": seed}))
        assert found is not None
        assert found.seed is None


def test_a_graph_that_turns_in_a_circle_ends() -> None:
    graph = {
        "1": {"class_type": "K", "inputs": {"seed": ["2", 0], "positive": ["2", 0], "model": ["2", 0]}},
        "2": {"class_type": "R", "inputs": {"a": ["1", 0], "b": ["2", 0], "c": ["3", 9]}},
    }
    assert read_graph(graph) == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
KEYS = st.sampled_from([
    "prompt", "seed", "model", "sui_image_params", "invokeai_metadata", "image", "class_type", "inputs", "1",
    "positive", "uc", "c", "base_model", "positive_prompt",
])  # fmt: skip
KEYWORDS = st.sampled_from([
    "parameters", "prompt", "workflow", "invokeai_metadata", "sd-metadata", "Dream", "Comment", "Description",
    "Software", "imagemetahub_data",
])  # fmt: skip


@given(st.dictionaries(KEYWORDS, st.dictionaries(KEYS, VALUES).map(json.dumps) | st.text(max_size=40)))
def test_nonsense_reads_as_nothing_or_something_but_never_fails(texts: dict[str, str]) -> None:
    read_texts(texts)
    for text in texts.values():
        foreign.read_comment(text)
        foreign.read_xmp_comment(text)
        foreign.read_exif_tags({"Model": "prompt:" + text})


def stealthy(text: str, *, packed: bool, size: tuple[int, int] = (64, 64), form: str = "PNG") -> bytes:
    """A picture with a text in the lowest bits of its transparency, written as NovelAI does."""
    body = gzip.compress(text.encode()) if packed else text.encode()
    head = b"stealth_pngcomp" if packed else b"stealth_pnginfo"
    whole = head + (len(body) * 8).to_bytes(4) + body
    bits = "".join(f"{byte:08b}" for byte in whole)
    image = Image.new("RGBA", size, (40, 90, 160, 255))
    for at, bit in enumerate(bits):
        x, y = divmod(at, size[1])
        image.putpixel((x, y), (40, 90, 160, 254 + int(bit)))
    file = io.BytesIO()
    image.save(file, form, lossless=True)
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_novelai_hides_a_copy_in_the_transparency(form: str, tmp_path: Path) -> None:
    texts = LAYOUTS["NovelAI"][0]
    file = tmp_path / f"picture.{form.lower()}"
    file.write_bytes(stealthy(json.dumps(texts), packed=True, form=form))
    draft = draft_of(file)
    assert (draft.prompt, draft.negative_prompt, draft.provenance.seed) == ("a boat, dusk", "fog", 42)
    assert draft.provenance.request["program"] == "NovelAI"
    file.write_bytes(stealthy(INFOTEXT, packed=False, form=form))
    assert draft_of(file).provenance.model == "dreamshaper_8"


@given(head=st.sampled_from([b"stealth_pngcomp", b"stealth_pnginfo", b""]), rest=st.binary(max_size=300))
def test_any_hidden_bits_are_read_without_fear(head: bytes, rest: bytes) -> None:
    bits = "".join(f"{byte:08b}" for byte in head + rest).ljust(64 * 64, "0")
    alpha = Image.frombytes("L", (64, 64), bytes(254 + int(bit) for bit in bits[: 64 * 64]))
    image = Image.new("RGBA", (64, 64))
    image.putalpha(alpha.transpose(Image.Transpose.TRANSPOSE))
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    read_stealth(file.getvalue())
    read_stealth(file.getvalue()[: len(rest)])


def test_a_bomb_in_the_transparency_does_not_go_off() -> None:
    bomb = gzip.compress(bytes(30 << 20))
    whole = b"stealth_pngcomp" + (len(bomb) * 8).to_bytes(4) + bomb
    bits = "".join(f"{byte:08b}" for byte in whole)
    side = int(len(bits) ** 0.5) + 1
    alpha = Image.frombytes("L", (side, side), bits.ljust(side * side, "0").encode())
    image = Image.new("RGBA", (side, side))
    image.putalpha(alpha.transpose(Image.Transpose.TRANSPOSE))
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    assert sum(len(text) for text in read_stealth(file.getvalue()).values()) <= 4 << 20


def test_what_cannot_be_read_is_kept_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    for texts, kept in (
        ({"parameters": '{"sui_image_params": 7'}, '{"sui_image_params": 7'),
        ({"pollinations_studio": '{"id": "x", "torn'}, '{"id": "x", "torn'),
        ({"prompt": "{}", "workflow": '{"nodes": []}'}, "{}"),
    ):
        file.write_bytes(png_with(texts))
        request = draft_of(file).provenance.request
        assert request.get("unreadable") == kept
    file.write_bytes(png_with({"Title": "holiday"}))
    assert "unreadable" not in draft_of(file).provenance.request


def test_who_signed_a_picture_is_told(tmp_path: Path) -> None:
    """CBOR as Adobe's and OpenAI's signers write it: names and texts with their length in front."""

    def text(value: str) -> bytes:
        data = value.encode()
        return (bytes([0x60 + len(data)]) if len(data) < 24 else bytes([0x78, len(data)])) + data

    source = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    manifest = (
        b"\0\0\1\0jumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\3c2pa\0"
        + text("claim_generator_info") + b"\x81\xa2" + text("name") + text("Adobe_Firefly")
        + text("digitalSourceType") + text(source)
    )  # fmt: skip
    data = png_with({})
    place = data.index(b"IDAT") - 4
    file = tmp_path / "picture.png"
    file.write_bytes(data[:place] + png.make_chunk(b"caBX", manifest) + data[place:])
    assert draft_of(file).provenance.request == {"credentials": "Adobe_Firefly"}
    found = read_credentials(manifest)
    assert (found.generator, found.source_type) == ("Adobe_Firefly", "trainedAlgorithmicMedia")


@given(st.binary(max_size=200))
def test_any_manifest_is_read_without_fear(data: bytes) -> None:
    read_credentials(b"claim_generator_info" + data + b"digitalSourceType" + data)
