"""The people whom a text names: by how it introduces them, by the names of a census, and in Chinese by what jieba takes for a
name that begins with a family name."""

import logging
import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files

from memory.language.folding import simplified
from memory.language.text import CJK

_CAP = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:['’-][A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+)*"
_NAME = rf"(?P<it>{_CAP}(?: (?:(?:van|von|de|da|dos|der|la|el|bin|al) )?{_CAP}){{0,2}})"
_KIN = (
    r"mother|father|mum|mom|dad|sister|brother|son|daughter|wife|husband|partner|girlfriend|boyfriend|fianc[ée]e?|friend|aunt"
    r"|uncle|cousin|niece|nephew|grandmother|grandfather|grandma|grandpa|boss|manager|colleague|coworker|neighbou?r|teacher"
    r"|doctor|therapist|roommate|flatmate|classmate|dog|cat|puppy|kitten|baby"
)
RELATIVES = frozenset(_KIN.replace("?", "").replace("[ée]", "e").split("|"))
_KIN_ZH = (
    "妻子|丈夫|老公|老婆|儿子|女儿|哥哥|姐姐|弟弟|妹妹|爸爸|妈妈|父亲|母亲|朋友|闺蜜|同事|同学|室友|邻居|老板|经理"
    "|男友|女友|男朋友|女朋友|媳妇|闺女|老伴|对象|孙子|孙女|外孙女|外孙|[堂表][哥弟姐妹]|姑姑|舅舅|叔叔|阿姨|嫂子|姐夫|妹夫|女婿"
    "|儿媳|岳父|岳母|婆婆|公公|奶奶|爷爷|外婆|外公|姥姥|姥爷|阿嬷|老[大二三四]|徒弟|师父|搭档"
)
_WITH_RELATION_ZH = re.compile(rf"(?:{_KIN_ZH})(?P<it>[一-鿿]{{2}})")
_LITTLE_ZH = frozenset(
    "的了是在有和跟与也都就还很不没说要想会能可去来给把被让对从又太真最更总常得着过吗呢吧啊个们他她我你这那上下里住做叫名姓"
)
RELATIVE_ZH = re.compile(rf"^(?:{_KIN_ZH})(?=[一-鿿])")
_PEOPLES = (
    r"(?:\w+(?:ian|ean|ican|ish|ese|ist|ic|ing)|Israeli|Iraqi|Pakistani|Bengali|Nepali|Somali|Saudi|Kuwaiti|German|Roman"
    r"|Muslim|Greek|French|Swiss|Dutch|Thai|Czech|Jew|Buddh\w*|Hindu|Sikh|Asian|Black"
    r"|White|Gen|Aries|Taurus|Gemini|Cancer|Leo|Virgo|Libra|Scorpio|Sagittarius|Capricorn|Aquarius|Pisces)"
)
"""What "I'm …" says of somebody beside their name."""
_INTRODUCED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Aunt|Auntie|Uncle|Grandma|Grandpa|Sister|Brother|Father)"
        rf"\.? {_NAME}",
        r"\b(?i:my name is|my name's|name is|i am called|is called|are called|was called|named|nicknamed|call me"
        rf"|this is my \w+,?) {_NAME}",
        rf"\b(?i:(?:my|our|his|her|their|a|an|old|best|good|little|big|older|younger) (?:{_KIN})s?),? "
        rf"(?:called |named )?{_NAME}",
        rf"\b{_NAME}, (?i:(?:my|our|his|her|their) (?:{_KIN}))\b",
        rf"(?m:^)(?i:hi|hello|hey|dear|thanks|thank you),? {_NAME}(?=[,!.]|$)",
        rf"\b(?P<it>{_CAP}) (?:told|texted|emailed|asked|invited|messaged|visited|joined|hugged|married|helped) "
        r"(?:me|us|him|her|them)\b",
        rf"(?i:best|regards|love|yours|cheers),?\n+{_NAME}\s*$",
        rf"\bI(?:['’]m| am) (?!{_PEOPLES}\b)(?P<it>{_CAP})\b",
    )
)
_INTRODUCED_ZH = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:我叫|我是叫|名叫|名字是|名字叫|名为|叫做|人称)(?P<it>[一-鿿]{2,4}?)(?=[，。,.！!？?、；的和\s]|$)",
        rf"(?:{_KIN_ZH})(?:叫|是)(?P<it>[一-鿿]{2, 4}?)(?=[，。,.！!？?、；的和\s]|$)",
        r"(?P<it>[一-鿿](?:[一-鿿]{1,2})?)(?:先生|女士|小姐|老师|医生|大夫|教授|经理|总监|主任|律师|师傅|同学|阿姨|叔叔|奶奶|爷爷)",
        r"(?<![一-鿿])(?P<it>[小老阿][一-鿿])(?=[，,：:]|说|和|跟|也|在|给|让|把)",
    )
)
ALONE = frozenset(
    """
    Will Mark May April June August Grace Hope Faith Joy Rose Bill Jack Art Gene Rich Frank Guy Dean Miles Chase Grant
    Pat Sue Penny Ivy Lily Holly Amber Ruby Pearl Jade Crystal Summer Autumn Dawn Eve Angel Destiny Trinity Harmony
    Melody Carol Robin Jay Drew Bob Nick Rob Skip Norm Buddy Baby Lady Duke Prince King Major Love Happy Star Sky
    Storm Rain Sunny Christian Christmas Georgia Virginia Carolina Florence Paris London Sydney Austin Dallas Houston
    Orlando Madison Jackson Lincoln Washington Chelsea Brooklyn Savannah Charlotte Victoria Alexandria Milan Jordan
    Chad Kenya India China Asia America Israel Ireland Holland Lane Wood Stone Forest Rocky Reed Cliff Dale Glen
    German Florida Irish French English Spanish Hang Cherish Clay Sage Basil Olive Ginger Daisy Violet Iris Heather
    Jasmine Cherry Candy Honey Brandy Sherry Porsche Mercedes Page Son See So An In My Many Long Day Man Else Ok Ha Le
    Do Else Song Sung Young Shoes Sharp Bell Ray Dorothy's
    """.split()
)
"""First names that are words or places too: standing alone they are no names, unless somebody introduced them."""
_SMALL_WORDS = frozenset(
    "ward lang queen brain chin porter meta mana delta dusty mercy aura sari china sina kasi kami tama tana".split()
)
"""And more that are words in small letters."""
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任"
    "袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴"
    "谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗"
    "丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢裴陆荣翁荀羊惠甄曲封芮储靳段焦巴弓牧侯班仰仲宫宁仇栾甘厉戎祖武符刘景詹束龙叶司韶"
    "郜黎薄白怀蒲鄂索赖卓蔺屠蒙池乔闻党翟谭贡劳申扶堵冉宰桑桂濮牛寿通边扈燕冀尚农温庄晏柴瞿阎慕连茹习艾容向古易廖庾终居衡"
    "步都耿满弘匡国文寇广禄东欧沃利蔚越隆师巩聂晁勾敖融冷辛阚那简饶曾关肖涂岳覃游凡"
)
_WORDS = frozenset(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December I It The This That These Those He She We They You And But Or So Then When What
    Why How Who Where Which If Is Are Was Were Do Does Did Can Could Would Should Will Just Also Here There Yes No Not
    Now Today Tomorrow Yesterday Please Thanks Everyone All Both Christmas Easter Hello Hi Hey Well Oh Okay Sorry Yeah Wow
    Thankfully Luckily Sadly Anyway
    """.split()
)


@cache
def no_names(language: str) -> frozenset[str]:
    """Words that have capitals, or that jieba's table takes for names, and are none."""
    lists = tomllib.loads(files("memory.language").joinpath("letters/no_names.toml").read_text(encoding="utf-8"))
    return frozenset(str(lists[language]).split())


def people_in(text: str) -> Iterator[str]:
    """The names of people in a text, some of them more than once."""
    for pattern in _INTRODUCED:
        for match in pattern.finditer(text):
            yield _trimmed(match["it"])
    first, last = _census()
    for match in re.finditer(rf"{_CAP}(?: {_CAP})*", text):
        words = match[0].split()
        if goes_on(text, match.end()):
            words.pop()
        for at, word in enumerate(words):
            if word not in first:
                continue
            named = [word]
            next_is_family = at + 1 < len(words) and words[at + 1] in last and words[at + 1] not in ALONE
            if next_is_family and words[at + 1].casefold() not in RELATIVES:
                named.append(words[at + 1])
            if len(named) > 1 or word not in ALONE | _WORDS:
                yield " ".join(named)
    if CJK.search(text):
        yield from _chinese_people_in(text)


def _chinese_people_in(text: str) -> Iterator[str]:
    for pattern in _INTRODUCED_ZH:
        for match in pattern.finditer(text):
            name = match["it"]
            if pattern is not _INTRODUCED_ZH[2] or name[0] in _SURNAMES:
                yield name
    for match in _WITH_RELATION_ZH.finditer(simplified(text)):
        name = text[slice(*match.span("it"))]
        if not is_known_word(name) and _LITTLE_ZH.isdisjoint(simplified(name)):
            yield name  # 闺女晓晴: no word that jieba has
    for name, tag in chinese_words(text):
        if tag.startswith("nr") and len(name) == 2 and all(map(CJK.match, name)) and not is_known_word(name):
            yield name
        a_name = name[0] in _SURNAMES or (len(name) == 2 and name[0] in "小阿老")
        if (
            tag.startswith("nr")
            and 2 <= len(name) <= 4
            and a_name
            and all(map(CJK.match, name))
            and name not in no_names("chinese")
        ):
            yield name


def chinese_words(text: str) -> Iterator[tuple[str, str]]:
    """The words of a text with the kind of each by jieba, whose table is in simplified letters: "nr" a person, "ns" a place."""
    import jieba.posseg  # its tables are read at the first use

    jieba.setLogLevel(logging.WARNING)

    at = 0
    for found in jieba.posseg.cut(simplified(text)):
        yield text[at : at + len(found.word)], found.flag
        at += len(found.word)


def is_known_word(word: str) -> bool:
    """Whether a Chinese word stands in jieba's table."""
    import jieba

    jieba.initialize()
    return bool(jieba.dt.FREQ.get(simplified(word)))


def _trimmed(name: str) -> str:
    """Without words after it that are no part of a name: "Ana Monday"."""
    words = name.split()
    _, last = _census()
    while len(words) > 1 and (words[-1] in _WORDS or (words[-1] in ALONE and words[-1] not in last)):
        words.pop()
    return "" if len(words) == 1 and words[0] in _WORDS else " ".join(words)


def goes_on(text: str, at: int) -> bool:
    """Whether the word that ends at `at` does not: "Ana" of "Anaïs", "Don" of "Don't"."""
    if text[at : at + 2] in ("'t", "’t"):
        return True
    return text[at : at + 1].isalnum() and not CJK.match(text[at - 1]) and not CJK.match(text[at])


def is_name_part(part: str, people: Collection[str]) -> bool:
    """Whether a part of a longer name tells who it is when it stands alone."""
    return part in people or (len(part) > 2 and part not in ALONE and part not in _WORDS and part[0].isupper())


def is_small_name(word: str) -> bool:
    """Whether a word in small letters is a first name and nothing else: "lola", not "rose"."""
    first, _ = _census()
    name = word.capitalize()
    return len(word) > 3 and name in first and name not in ALONE and word not in _SMALL_WORDS


@cache
def _census() -> tuple[frozenset[str], frozenset[str]]:
    """First and family names, capitalised (United States census of 1990, as the package `names` brings them)."""
    first: set[str] = set()
    for name in ("dist.female.first", "dist.male.first"):
        first |= _read(name)
    return frozenset(first), frozenset(_read("dist.all.last") - _WORDS)


def _read(name: str) -> set[str]:
    lines = files("names").joinpath(name).read_text(encoding="ascii").splitlines()
    return {line.split()[0].capitalize() for line in lines if line.strip()}
