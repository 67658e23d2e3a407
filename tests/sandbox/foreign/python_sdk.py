"""Drives a sandbox with the typed Python SDK; prints one JSON object: what each call gave.

Run with the sandbox's address and key as arguments, and with the wanted version of the SDK on the path.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import PollinationAI_SDK as sdk


class Groups:
    """Where the operations live: 1.0.2 has one class for all of them, 1.0.3 one for each topic."""

    def __init__(self, client: sdk.ApiClient) -> None:
        if hasattr(sdk, "GenPollinationsAiApi"):
            self.account = self.models = self.text = self.image = self.audio = sdk.GenPollinationsAiApi(
                client
            )
        else:
            self.account = sdk.AccountApi(client)
            self.models = sdk.ModelsApi(client)
            self.text = sdk.TextGenerationApi(client)
            self.image = sdk.ImageGenerationApi(client)
            self.audio = sdk.AudioGenerationApi(client)


def calls_of_both(groups: Groups) -> dict[str, Callable[[], object]]:
    """What both versions can do, all but `get_account_profile`: it cannot parse any answer, because it
    matches a pattern against a value that is a datetime by then."""
    account, models, text, image, audio = (
        groups.account,
        groups.models,
        groups.text,
        groups.image,
        groups.audio,
    )
    request = {"model": "openai", "messages": [{"role": "user", "content": "hi"}]}
    chat = sdk.PostGenerateV1ChatCompletionsRequest.from_dict(request)
    speech = sdk.CreateSpeechRequest.from_dict({"input": "Hello", "voice": "alloy"})
    recording = "hello.mp3"
    return {
        "key": lambda: account.get_account_key().to_dict(),
        "models": lambda: [item.id for item in models.get_generate_v1_models().data],
        "image_models": lambda: [_name(item) for item in models.get_generate_image_models()],
        "text_models": lambda: [_name(item) for item in models.get_generate_text_models()],
        "audio_models": lambda: [_name(item) for item in models.get_generate_audio_models()],
        "chat": lambda: text.post_generate_v1_chat_completions(chat).to_dict(),
        "text": lambda: _prompted(text, "text")("hello there", seed=3),
        "image": lambda: len(_prompted(image, "image")("a bee", model="flux", width=64, height=64)),
        "audio": lambda: len(_prompted(audio, "audio")("hello", voice="nova")),
        "speech": lambda: len(audio.post_generate_v1_audio_speech(speech)),
        "transcription": lambda: audio.post_generate_v1_audio_transcriptions(
            file=(recording, bytes(_prompted(audio, "audio")("hello")))
        ).to_dict(),
        "balance": lambda: account.get_account_balance().to_dict(),
        "usage": lambda: account.get_account_usage(limit=2).to_dict(),
        "daily": lambda: account.get_account_usage_daily().to_dict(),
    }


def calls_of_the_newer(groups: Groups) -> dict[str, Callable[[], object]]:
    """What 1.0.3 added."""
    picture = sdk.CreateImageRequest.from_dict({"prompt": "a bee", "model": "flux", "size": "64x64"})
    key = sdk.PostAccountKeysRequest.from_dict({"name": "made by the SDK"})
    return {
        "generations": lambda: len(
            groups.image.post_generate_v1_images_generations(picture).to_dict()["data"]
        ),
        "create_key": lambda: groups.account.post_account_keys(key) is None,
        "list_keys": lambda: groups.account.get_account_keys() is None,
    }


def _prompted(api: object, kind: str) -> Callable[..., object]:
    """The GET operation of a kind, whose name has changed between the versions."""
    names = (f"get_generate_{kind}_by_prompt", f"get_generate_{kind}_by_text", f"get_generate_{kind}_prompt")
    return next(getattr(api, name) for name in (*names, f"get_generate_{kind}_text") if hasattr(api, name))


def _name(item: object) -> str:
    return item["name"] if isinstance(item, dict) else str(getattr(item, "name", ""))


def refused(call: Callable[[], object]) -> dict[str, object]:
    """What the SDK makes of a refusal. It parses the body of none: its models want `success` to be the text
    "false", where the document and the service have the boolean."""
    try:
        call()
    except sdk.ApiException as error:
        return {"status": error.status, "kind": type(error).__name__}
    return {"status": 200}


def main(base_url: str, key: str) -> None:
    result: dict[str, object] = {}
    with sdk.ApiClient(sdk.Configuration(host=base_url, access_token=key)) as client:
        groups = Groups(client)
        calls = calls_of_both(groups)
        if hasattr(sdk, "AccountApi"):
            calls |= calls_of_the_newer(groups)
        for name, call in calls.items():
            result[name] = call()
        result["wrong"] = refused(lambda: _prompted(groups.text, "text")("x", model="nope"))
    with sdk.ApiClient(sdk.Configuration(host=base_url, access_token="sk_nobody")) as client:
        result["nobody"] = refused(lambda: _prompted(Groups(client).text, "text")("x"))
    print(json.dumps(result, default=str))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
