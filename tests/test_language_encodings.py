"""An encoding is told by what the text reads as in it."""

import pytest

from memory.errors import BadInput
from memory.language import encodings

WRITTEN = [
    ("gb18030", "我住在上海"),
    ("gb18030", "好的，明天见。"),
    ("gb18030", "role,text\nuser,我叫李雷"),
    ("cp950", "我住在台北，有一隻貓。"),
    ("cp950", "會議改到星期四"),
    ("cp932", "私は東京に住んでいます。"),
    ("cp932", "猫の名前はタマです"),
    ("euc_jp", "ありがとうございます"),
    ("cp949", "안녕하세요 저는 서울에 살아요"),
    ("cp1252", "Herr Müller wohnt in Köln und heißt Jürgen."),
    ("cp1252", "It’s Anna’s key – she said “blue door”. Price 5 €"),
    ("cp1252", "J’habite à Besançon, près du théâtre"),
    ("cp1252", "El niño comió en el café"),
    ("cp1252", "café"),
    ("cp1251", "Привет, меня зовут Анна"),
    ("cp1251", "Мене звати Олена, я живу у Києві"),
    ("koi8_r", "Я живу в Москве"),
    ("cp1250", "Mieszkam w Łodzi, żona ma na imię Małgorzata"),
    ("cp1250", "Ahoj, jmenuji se Jiří a bydlím v Brně"),
    ("cp1253", "Μένω στην Αθήνα και αγαπώ τη θάλασσα"),
    ("cp1254", "Adım Ayşe, İstanbul'da yaşıyorum"),
    ("cp1255", "שלום, אני גר בתל אביב"),
    ("utf-16", "I live in Porto"),
    ("utf-16-le", "I live in Porto"),
    ("utf-16-be", "I live in Porto, 你好"),
    ("utf-8-sig", "你好, Łukasz"),
    ("utf-32", "你好"),
]


@pytest.mark.parametrize(("encoding", "text"), WRITTEN)
def test_a_line_is_read_in_the_encoding_it_is_written_in(encoding: str, text: str) -> None:
    assert encodings.decode(text.encode(encoding)) == text


def test_a_text_of_utf_8_with_a_broken_letter_is_still_that() -> None:
    content = ("我住在上海，喜欢猫。" * 20).encode() + b"\xe4\xbd"
    assert encodings.detect(content) == "utf-8"


@pytest.mark.parametrize(
    ("garbled", "text"),
    [("MÃ¼ller wohnt in KÃ¶ln", "Müller wohnt in Köln"), ("Itâ€™s here", "It’s here"), ("ä½\xa0å¥½", "你好")],
)
def test_utf_8_that_was_read_as_windows_1252_is_put_right(garbled: str, text: str) -> None:
    assert encodings.decode(garbled.encode()) == text


@pytest.mark.parametrize("text", ["Ça va à Évian, é bom", "São João", "Ångström på ön", "ÄÖÜ äöü"])
def test_what_is_right_stays_as_it_is(text: str) -> None:
    assert encodings.decode(text.encode()) == text


def test_what_reads_as_nothing_is_for_the_person_to_say() -> None:
    noise = bytes(range(128, 256)) * 3
    with pytest.raises(encodings.Doubt, match="Save it as UTF-8"):
        encodings.decode(noise)
    assert encodings.decode(noise, "latin-1")[0] == "\x80"
    with pytest.raises(BadInput, match="say another"):
        encodings.decode(noise, "utf-8")
    with pytest.raises(BadInput, match="say another"):
        encodings.decode(noise, "no such")


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03" * 9, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="not text"):
        encodings.decode(content)
