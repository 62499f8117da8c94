"""The people and pets whom a Chinese text names: by how it introduces them, by a family name before a title, and by what jieba
takes for a name. What a reader takes for somebody is one too.

jieba's table is in simplified letters, so texts are looked at in these and quoted as they are.
"""

import logging
import re
from collections.abc import Iterator

from memory.exchange.no_names import no_names
from memory.language.folding import simplified
from memory.language.text import CJK

_KIN = (
    "妻子|丈夫|老公|老婆|儿子|女儿|哥哥|姐姐|弟弟|妹妹|爸爸|妈妈|父亲|母亲|朋友|闺蜜|同事|同学|室友|邻居|老板|经理"
    "|男友|女友|男朋友|女朋友|媳妇|闺女|老伴|对象|孙子|孙女|外孙女|外孙|[堂表][哥弟姐妹]|姑姑|舅舅|叔叔|阿姨|嫂子|姐夫|妹夫|女婿"
    "|儿媳|岳父|岳母|婆婆|公公|奶奶|爷爷|外婆|外公|姥姥|姥爷|阿嬷|老[大二三四]|徒弟|师父|搭档"
)
_WITH_RELATION = re.compile(rf"(?:{_KIN})(?P<it>[一-鿿]{{2}})")
_LITTLE = frozenset(
    "的了是在有和跟与也都就还很不没说要想会能可去来给把被让对从又太真最更总常得着过吗呢吧啊个们他她我你这那上下里住做叫名姓"
)
RELATIVE = re.compile(rf"^(?:{_KIN})(?=[一-鿿])")
_PET = "刺猬|仓鼠|兔子|乌龟|鹦鹉|画眉|金鱼|[一-鿿]?[猫狗犬龟鸟兔鼠马鹅]"
_KIND = re.compile(rf"(?:我|你|咱|他|她)?(?:们|家|的)*(?:{_KIN}|{_PET})?(?:叫|是)?")
"""What stands before a name."""
_TITLE = (
    "先生|女士|小姐|太太|老师|医[生师]|大夫|护士长?|教授|经理|总监|主任|律师|师[傅父兄弟姐妹]|同学|学[长姐]|阿姨|叔叔|奶奶|爷爷"
    "|[馆院校局处科所队班店]长|导师|教练|警官|法官|书记|会计"
)
_SHORT_TITLE = "总(?![是的会共])|姐(?![姐妹夫])|哥(?![哥们])|叔(?!叔)|婶(?!婶)|嫂(?![嫂子])|伯(?![伯父母])|姨(?![姨妈])"
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任"
    "袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴"
    "谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗"
    "丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢裴陆荣翁荀羊惠甄曲封芮储靳段焦巴弓牧侯班仰仲宫宁仇栾甘厉戎祖武符刘景詹束龙叶司韶"
    "郜黎薄白怀蒲鄂索赖卓蔺屠蒙池乔闻党翟谭贡劳申扶堵冉宰桑桂濮牛寿通边扈燕冀尚农温庄晏柴瞿阎慕连茹习艾容向古易廖庾终居衡"
    "步都耿满弘匡国文寇广禄东欧沃利蔚越隆师巩聂晁勾敖融冷辛阚那简饶曾关肖涂岳覃游凡"
)
_USUAL_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方姚"
    "谭廖邹熊陆郝孔崔邱秦顾侯邵孟段钱汤尹黎贺赖龚"
)
_FULL_WITH_RELATION = re.compile(rf"(?:{_KIN})(?P<it>[{_USUAL_SURNAMES}][一-鿿]{{2}})")
_INTRODUCED = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:我叫|我是叫|名叫|名字是|名字叫|名为|叫做|人称)(?P<it>[一-鿿]{2,4}?)(?=[，。,.！!？?、；的和\s]|$)",
        rf"(?:{_KIN})(?:叫|是)(?P<it>[一-鿿]{{2,4}}?)(?=[，。,.！!？?、；的和\s]|$)",
        r"(?:(?:都|大家|一般)(?:喊|叫)(?:他|她|它)?|小名|外号|昵称|(?<=[，,、\s])叫)(?P<it>[一-鿿]{2,3})(?=[，。,.！!？?、；\s]|$)",
        rf"[只条头匹](?:{_PET})\s+(?P<it>[一-鿿]{{2,3}})(?=[，。,.！!？?、；\s]|$)",
        rf"(?P<it>[{''.join(sorted(_SURNAMES))}])(?:{_TITLE})",
        rf"(?P<it>[{_USUAL_SURNAMES}](?:{_SHORT_TITLE}))",
        r"(?<![一-鿿])(?P<it>[小老阿][一-鿿])(?=[，,：:]|说|和|跟|也|在|给|让|把)",
    )
)
_TITLED = re.compile(rf"{_TITLE}|{_SHORT_TITLE}")


def people_in(text: str) -> Iterator[str]:
    """The names in a text, some of them more than once."""
    plain = simplified(text)
    for pattern in (*_INTRODUCED, _FULL_WITH_RELATION, _WITH_RELATION):
        for match in pattern.finditer(plain):
            name = text[slice(*match.span("it"))]
            passing = pattern in (_WITH_RELATION, _FULL_WITH_RELATION)
            if passing and (is_known_word(name[:2]) or not _LITTLE.isdisjoint(match["it"])):
                continue  # 闺女晓晴 and 老公周启航, but not 老公周末
            if not _is_role(name):
                yield name
    for name, tag in chinese_words(text):
        if not tag.startswith("nr") or not all(map(CJK.match, name)):
            continue
        family = name[0] in _SURNAMES or (len(name) == 2 and name[0] in "小阿老")
        whole = family and 2 <= len(name) <= 4 and name not in no_names("chinese")
        if (whole and not _is_role(name)) or (len(name) == 2 and not is_known_word(name)):
            yield name


def told_of(said: str) -> Iterator[str]:
    """The names in words that a reader takes for somebody: words too (栗子), but for those that say what somebody is."""
    for match in re.finditer("[一-鿿]+", re.sub(r"(?<=[一-鿿])[\s，、：“”「」]+(?=[一-鿿])", "", said)):
        plain = simplified(match[0])
        begin = _KIND.match(plain)
        at = begin.end() if begin else 0
        name, rest = match[0][at:], plain[at:]
        if 2 <= len(rest) <= 3 and _LITTLE.isdisjoint(rest) and not _is_role(rest):
            yield name


def _is_role(word: str) -> bool:
    """Whether it says what somebody or an animal is: 同学, 乌龟."""
    plain = simplified(word)
    return plain in no_names("chinese_roles") or bool(re.fullmatch(f"{_KIN}|{_PET}|{_TITLE}", plain))


def given_name(name: str) -> str | None:
    """Of a name in full: 启航 of 周启航."""
    return name[1:] if len(name) == 3 and name[0] in _SURNAMES and all(map(CJK.match, name)) else None


def is_family_name(text: str, at: int) -> bool:
    """Whether a name of one letter at `at`, which is a word as well, is one here: 张医生 and 老张, not 一张纸."""
    return text[at - 1 : at] in tuple("老小阿") or bool(_TITLED.match(simplified(text[at + 1 : at + 5])))


def chinese_words(text: str) -> Iterator[tuple[str, str]]:
    """The words of a text with the kind of each by jieba: "nr" a person, "ns" a place."""
    import jieba.posseg  # its tables are read at the first use

    jieba.setLogLevel(logging.WARNING)

    at = 0
    for found in jieba.posseg.cut(simplified(text)):
        yield text[at : at + len(found.word)], found.flag
        at += len(found.word)


def is_known_word(word: str) -> bool:
    """Whether a word stands in jieba's table."""
    import jieba

    jieba.initialize()
    return bool(jieba.dt.FREQ.get(simplified(word)))
