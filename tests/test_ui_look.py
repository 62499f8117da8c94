"""How every tab looks, in light and dark, English and Chinese, wide and on a phone: the pictures go to `screenshots/`, and
axe finds nothing serious in any of them. Each push looks at every tab once, in English, light and wide; each night does all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant import NewMemory, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from tests.browser import Page, browser, served
from tests.support import HashEmbedder

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # Gradio's
]
FOLDER = Path(__file__).parent.parent / "screenshots"
SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
LOCALES = {"en": "en-US", "zh": "zh-CN"}

SAID = {
    "en": [
        "Hi! I'm Mei. I live in Lisbon and I work as a translator.",
        "My dog is called Biscuit and I am allergic to peanuts.",
        "I love hiking and I want to run a half marathon in spring.",
        "What should I cook for my sister's birthday?",
    ],
    "zh": [
        "我叫小美，住在里斯本，是一名翻译。",
        "我的狗叫饼干，我对花生过敏。",
        "我喜欢爬山，也喜欢摄影。",
        "周末给姐姐过生日，做什么菜好？",
    ],
}
REPLY = {
    "en": """Something without **peanuts**, then:

| dish | time |
|---|---|
| Mushroom risotto | 40 min |
| Lemon sea bass | 25 min |

```python
servings = 2 * guests
```

Allow \\( t = 40 \\) minutes. Biscuit can have the carrots.""",
    "zh": """不放**花生**的菜有：

| 菜 | 时间 |
|---|---|
| 蘑菇烩饭 | 40 分钟 |
| 柠檬鲈鱼 | 25 分钟 |

```python
servings = 2 * guests
```

大约 \\( t = 40 \\) 分钟。饼干可以吃胡萝卜。""",
}


@pytest.fixture(scope="module", params=["en", pytest.param("zh", marks=pytest.mark.nightly)])
def lived_in(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The app of somebody who has used it for months: its language and its address."""
    language = str(request.param)
    folder = tmp_path_factory.mktemp(f"look-{language}")
    model = ScriptedModel(lambda messages: REPLY[language] if messages[-1].content[-1] in "?？" else "OK")
    settings = Settings(data_dir=folder / "data", models_dir=folder / "models")
    with Runtime(settings, model=model, embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        now = datetime.now(UTC)
        walks = {"en": "Walked by the river with Ana, photographed herons", "zh": "和安娜沿河散步，拍了苍鹭"}[language]
        mei.memories.add_many(
            NewMemory(f"{walks} #{day}", speaker="mei", occurred_at=now - timedelta(days=day * day))
            for day in range(1, 22)
        )
        for text in SAID[language]:
            mei.chat(text)
        with served(runtime) as url:
            yield language, url


def axe(page: Page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page.tab).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("size", ["wide", pytest.param("phone", marks=pytest.mark.nightly)])
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.nightly)])
def test_every_tab_is_seen_and_can_be_used_by_all(lived_in: tuple[str, str], size: str, scheme: Any) -> None:
    language, url = lived_in
    FOLDER.mkdir(exist_ok=True)
    wrong: list[str] = []
    with browser(url, LOCALES[language], viewport=SIZES[size], color_scheme=scheme) as page:
        page.tab.emulate_media(reduced_motion="reduce", color_scheme=scheme)
        page.open("#/c/" + page.tab.get_attribute("#side-list .talk", "data-id"))
        for name in ("chat", "memories", "profile", "history", "privacy", "settings"):
            page.go(name)
            page.tab.wait_for_timeout(400)
            if name == "chat":
                page.tab.evaluate("document.querySelector('.used')?.setAttribute('open', '')")
            page.tab.screenshot(path=FOLDER / f"{name}-{language}-{scheme}-{size}.png")
            wrong += [f"{name} {found}" for found in axe(page)]
            if name == "chat":
                for opens in ("#help-button", ".talk .menu-items button", "#thread .noted button[hx-get]"):
                    page.tab.evaluate(f"document.querySelector('{opens}')?.click()")
                    page.tab.wait_for_timeout(300)
                    wrong += [f"{opens} {found}" for found in axe(page)]
                    page.tab.evaluate("document.querySelector('#dialog').close()")
            wide = page.tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{name} is wider than the window by {wide} px"
    assert wrong == []
