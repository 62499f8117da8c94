"""Claims in a Chinese sentence.

A sentence is cut at its commas. A clause is read if it begins with 我 (or 我妈妈 and the like), or goes on from one that
did. What is only supposed, wished, remembered from long ago, asked, or said by others is not read.
"""

import re
from collections.abc import Iterator, Sequence

from memory.extraction import USER, Claim, Predicate

_ADV = (
    r"(?:真的|真|非常|特别|特|很|最|挺|比较|超级|超|尤其|一直以来|一直|从小就|从小到大|从小|都|也|还是|还|就是|就|更加|更|蛮|相当|十分|极其|极度|实在|完全|平时|平常|平日里?|"
    r"经常|常常|常|总是|一般|通常|其实|一向|向来|确实|目前|现在|如今|最近|近来|已经|刚刚|刚|才|可|又|有点儿?|有些|真心|本人|这个?人|这人|自己|个人|素来|打小|主要|主要是|"
    r"生来|天生|绝对|坚决|坚持|严格|尽量|一般都|基本上?|几乎|只是|始终|永远|严重|稍微|可以|今年|周末|每天|业余|闲暇时?|空闲时?|没事|在家|去年年底|去年|前年|上个?月|上周|年初|年底|早就|早已|早|(?:打|从|自)\d{2,4}年(?:起|开始|以来)|整个|坚决|[一二两三四五六七八九十几\d]+(?:年|个月|天|周)(?:以|之)?前|就)*"
)
_RELATIONS = {
    "妈妈": "mother", "母亲": "mother", "老妈": "mother", "妈": "mother", "爸爸": "father", "父亲": "father", "老爸": "father", "爸": "father",
    "哥哥": "brother", "弟弟": "brother", "大哥": "brother", "二哥": "brother", "表哥": "cousin", "表弟": "cousin", "堂哥": "cousin", "堂弟": "cousin",
    "姐姐": "sister", "妹妹": "sister", "大姐": "sister", "二姐": "sister", "表姐": "cousin", "表妹": "cousin", "堂姐": "cousin", "堂妹": "cousin",
    "老公": "husband", "丈夫": "husband", "先生": "husband", "老婆": "wife", "妻子": "wife", "太太": "wife", "爱人": "spouse", "对象": "partner",
    "男朋友": "boyfriend", "男友": "boyfriend", "女朋友": "girlfriend", "女友": "girlfriend", "儿子": "son", "女儿": "daughter", "闺女": "daughter",
    "孩子": "child", "宝宝": "child", "小孩": "child", "爷爷": "grandfather", "外公": "grandfather", "姥爷": "grandfather", "奶奶": "grandmother",
    "外婆": "grandmother", "姥姥": "grandmother", "叔叔": "uncle", "舅舅": "uncle", "姑姑": "aunt", "阿姨": "aunt", "姨妈": "aunt", "孙子": "grandson",
    "孙女": "granddaughter", "侄子": "nephew", "侄女": "niece", "外甥": "nephew", "朋友": "friend", "好朋友": "friend", "闺蜜": "friend", "哥们": "friend", "同学": "classmate",
    "同事": "colleague", "老板": "boss", "领导": "boss", "上司": "boss", "室友": "roommate", "舍友": "roommate", "邻居": "neighbor", "老师": "teacher",
    "父母": "parents", "爸妈": "parents", "哥": "brother", "姐": "sister", "弟": "brother", "妹": "sister", "导师": "teacher", "教练": "coach", "房东": "landlord", "前男友": "ex", "前女友": "ex",
}  # fmt: skip
_WHO = "(?P<relation>" + "|".join(sorted(_RELATIONS, key=len, reverse=True)) + ")"
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元顾孟平黄和穆萧尹"
    "姚邵汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季贾路江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房丁宣邓单洪包石崔龚程邢裴陆荣翁曲储靳段侯武刘龙叶黎白赖卓池乔翟闻关焦欧宫向古易廖耿"
)
_LANGUAGE = r"(?P<x>(?:(?:英|法|德|日|韩|俄|西班牙|意大利|葡萄牙|阿拉伯|泰|越南|粤|普通|闽南|客家|荷兰|希腊|拉丁|土耳其|印地|瑞典)(?:语|文|话)|手语|汉语|中文)(?:(?:、|和|跟|还有|以及)(?:(?:英|法|德|日|韩|俄|西班牙|意大利|葡萄牙|阿拉伯|泰|越南|粤)(?:语|文|话)))*)"
_JOBS = (
    r"(?:[\u4e00-\u9fffA-Za-z]{0,8}?(?:工程师|设计师|程序员|老师|教师|医生|护士|律师|会计师?|经理|司机|厨师|警察|记者|编辑|作家|画家|演员|歌手|教练|研究员|科研人员|公务员|"
    r"销售员?|客服|主播|博主|导游|翻译|教授|老板|创业者|自由职业者|农民|军人|消防员|摄影师|学生|大学生|研究生|博士生|高中生|初中生|博士|分析师|顾问|架构师|产品经理|运营|咨询师|药剂师|"
    r"理发师|化妆师|音乐家|音乐人|舞者|舞蹈演员|导演|编剧|飞行员|空姐|乘务员|快递员|外卖员|保安|保姆|全职妈妈|家庭主妇|退休教师|技术员|技师|电工|木工|主管|总监|会计|出纳|文员|秘书|助理|法官|检察官|建筑师|心理咨询师|营养师|兽医|牙医|志愿者|实习生|店长|HR|白领|艺术家|插画师|作曲家|钢琴家|钢琴老师))"
)
_ANIMAL = r"(?:狗狗|狗|猫咪|猫|兔子|仓鼠|鹦鹉|乌龟|金鱼|鱼|小鸟|鸟|金毛|拉布拉多|哈士奇|柯基|泰迪|边牧|橘猫|布偶|英短|蜥蜴|龙猫|马)"
_TIME = r"(?:明天|后天|下周[一二三四五六日天末]?|下个?星期|下个?月|明年|后年|周末|这个?周[一二三四五六日天末]|暑假|寒假|国庆|春节|过年|五一|元旦|年底|年初|月底|夏天|冬天|秋天|春天|[\d一二三四五六七八九十]+月|[\d一二三四五六七八九十]+号|[一二两三四五六七八九十半]+(?:个月|年|周|天)(?:后|以后|之后)|毕业后|退休后|圣诞|中秋|假期)"
_CUT = re.compile(
    r"(?:因为|所以|但是|不过|可是|而且|的时候|之类|什么的|等等|，|,|。|！|!|？|\?|；|;|…|~|～|——|:|：|（|\(|不知道|你呢|你有|你觉得|毕竟|比如|例如|尤其|特别是|而不是|而不|"
    r"来(?:放松|缓解|减压|打发)|让我|使我|才能|就会|就能|这样|那样|来着|没错).*$"
)
_ENDING = re.compile(r"(?:了|的|呢|吧|啊|呀|哦|啦|嘛|哈|噢|喔|哟|呐|诶|一下|方面|这些|这件事|这种事|这类|之类|等)+$")
_SPLIT = re.compile(r"、|和(?!平|谐)|以及|还有|与|及(?!时)|或者|或|跟(?!风)")
_EMPTY = re.compile(
    r"(?:你|您|他|她|它|这|那|此|其|什么|怎么|哪|谁|啥|多少|几|一个?|一些|很多|自己|别人|大家|我|的|了|是|上|过|人|东西|事|事情|时候|样子|"
    r"去|来|说|做|想|看|听|到|吃|喝|要|有|在|会|能|得|着|地|聊|聊天|和你.*|跟你.*|与你.*|你.*|您.*|这.*|那.*|它.*|他.*|她.*|其中.*|里面.*|以上.*|上面.*|下面.*|第[一二三四五\d].*|有人.*|别人.*|不.*|多.{0,2}|点|一点|死了?|得很|不到|不了|不起)"
)


def _p(key: str, pattern: str, polarity: int = 1, strength: float = 0.5, *, split: bool = True) -> Predicate:
    return Predicate(key, re.compile(_ADV + pattern), polarity, strength, split)


_X = r"(?P<x>.+)"
_DO = r"(?:吃|喝|抽|穿|用|买|看|听|玩|碰|住|坐|去|做|参加|使用|食用|购买|接触|读|打)"
_PREDICATES: tuple[Predicate, ...] = (
    _p("name", r"(?:叫做?|的?(?:大名|名字|姓名|真名|小名|网名|英文名|中文名)(?:叫做?|是|为))(?P<x>(?!我|你|他|她|人|车|外卖|什么|不|了|滴滴|起床|醒|干|个|一)[\u4e00-\u9fff·]{1,5}|[A-Z][A-Za-z]+(?: [A-Z][a-z]+)?)$", split=False),
    _p("name", rf"是(?P<x>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?<![师员生人的家者长民士工])|[A-Z][a-z]+)$", split=False),
    _p("age", r"(?:快|刚满|满|刚过|马上)?(?P<x>\d{1,3}|[一二三四五六七八九十]{1,3})岁"),
    _p("age", r"今年(?:刚满|刚|快|都|才|也|已经)*(?P<x>\d{1,3}|[一二三四五六七八九十]{1,3})(?:岁)?了?$"),
    _p("birthday", r"的?生日(?:是在|是|在)(?P<x>.*\d.*|.*[月号日].*)", split=False),
    _p("home", r"(?:住在|居住在|定居在?|生活在|家住|家在|家就在|(?:要|准备|刚|已经|上个?月|去年|前年|最近|今年|昨天)*(?:搬到了?|搬去了?|搬来了?|搬家到了?|搬进了?|移居到?))(?P<x>(?!一起|外面|宿舍楼下|这里|这儿|那里)[^了，]{2,20})", split=False),
    _p("home", r"住(?P<x>(?:北京|上海|广州|深圳|杭州|南京|成都|重庆|武汉|西安|天津|苏州)[^了，]{0,10})", split=False),
    _p("origin", r"(?:来自|(?:的)?(?:老家|家乡|故乡)(?:是在|是|在)|出生在|出生于|生于|长在)(?P<x>[^了，]{2,15}?)(?:长大)?(?:的)?$", split=False),
    _p("origin", r"是(?:在)?(?P<x>[\u4e00-\u9fff]{2,6})长大的?$", split=False),
    _p("origin", r"是(?:土生土长的|地道的|正宗的)?(?P<x>(?!.*(?:当事|负责|主持|过来|外地|本地|中间|介绍|候选|发言|创始|合伙|经纪|普通|现代|证|客|盲|男|女|好|坏|大|小|老|年轻|的|个|名|病|工|诗|商|军|成年|什么|有))[\u4e00-\u9fff]{2,5})人$", split=False),
    _p("nationality", r"(?:的)?国籍是(?P<x>.+)"),
    _p("religion", r"(?:信|信仰|信奉)(?P<x>佛教?|基督教?|天主教|伊斯兰教|道教)|是(?:一?[名个位])?(?:虔诚的)?(?P<y>佛教徒|基督徒|穆斯林|天主教徒|道教徒|无神论者)"),
    _p("relationship", r"(?:是|还是|还)?(?P<x>单身|已婚|未婚|离异|离婚了|结婚了|订婚了|离过婚)"),
    _p("gender", r"是(?:一?[个名位])?(?P<x>男生|女生|男孩子?|女孩子?|男人|女人|男的|女的|男性|女性)$"),
    _p("school", r"(?:就读于|在读于|考上了?|毕业于|在)(?P<x>[\u4e00-\u9fffA-Za-z]{2,15}?(?:大学|学院|中学|高中|一中|附中|小学|北大|清华|复旦))(?:读书|上学|念书|读研|读博|读本科|读大[一二三四]|学习|就读|上大学|$)", split=False),
    _p("studies", r"(?:学的是|学的|主修的?是?|攻读|读的是|读|学|是学|就读)(?P<x>[\u4e00-\u9fffA-Za-z]{2,12}?)(?:专业|系)(?:的)?(?:大[一二三四])?(?:学生)?$", split=False),
    _p("studies", r"(?:的)?专业是(?P<x>.+)", split=False),
    _p("languages", rf"(?:会说|会讲|会|能说|懂|说|正在学习?|在学习?|学过|开始学习?|自学|学习|学|精通|的母语是|想学)(?:一点儿?|点儿?|一些|了)?{_LANGUAGE}"),
    _p("employer", r"在(?P<x>(?!.*(?:考虑|找|想|是否|努力|认真|开始|忙|当前|目前|现在|这|这里))(?!家|一家公司|公司|单位|这|那|外面|一起|办公室|上面|晚上|白天|里|学校)[\u4e00-\u9fffA-Za-z0-9]{2,20}?)(?:上班|工作|任职|就职|实习|打工|当差)", split=False),
    _p("job", r"(?:的)?(?:职业|工作|本职)(?:是|为)(?:一?[名位个])?(?P<x>(?!不|很|比|太|因|这|那|最|在|什么|我).{2,12})", split=False),
    _p("job", rf"(?:是|当|做|成了|成为了?|担任)(?:了)?(?:一?[名位个]|在读)?(?:还在读书的|普通|专业|资深|退休|兼职)?(?P<x>{_JOBS})(?:的|了)?$", split=False),
    _p("job", rf"(?:在|.{{1,8}})?(?:当|做)(?:了)?(?:一?[名位个])?(?P<x>{_JOBS})$", split=False),
    _p("job", r"从事(?:的是)?(?P<x>[^，]{2,12}?)(?:方面)?(?:的)?(?:工作|行业|职业)?$", split=False),
    _p("people", r"有(?P<x>(?:[一两二三四五六]|好几|几)?个?(?:双胞胎|亲|小|大)?(?:哥哥|姐姐|弟弟|妹妹|儿子|女儿|孩子|兄弟|姐妹|兄弟姐妹|男朋友|女朋友|老婆|老公|对象|孙子|孙女|双胞胎))"),
    _p("pets", rf"(?:养了?|有|收养了?|领养了?|买了)(?P<x>(?:[一两二三四五]|几)?(?:只|条|个|匹|头)[\u4e00-\u9fff]{{0,5}}?{_ANIMAL}(?:，?(?:名字|它)?叫[\u4e00-\u9fffA-Za-z]{{1,6}})?)", split=False),
    _p("possessions", r"(?:有|买了|开|骑|拥有|入手了)(?P<x>(?:自己的)?(?:一|两|三|几)?(?:辆|台|套|架|把|栋|间|部)(?!电影|书|剧)[^，了]{1,12})", split=False),
    # health
    _p("allergies", r"对(?P<x>(?!.*(?:没有?|不|什么|谁))[^，]{1,15}?)(?:严重|重度|轻微|有点儿?|有些|都|会|也|特别|非常|很)*过敏"),
    _p("allergies", r"过敏的(?:就)?是(?P<x>[^，]{1,12})"),
    _p("allergies", r"(?:有|是)?(?P<x>(?!.*(?:没有?|不|什么|吃|喝|会|我))[\u4e00-\u9fff]{1,6})(?:严重)?(?:不耐受|过敏)(?:体质|症)?$"),
    _p("allergies", r"一?(?:吃|喝)(?:到|了|点)?(?P<x>(?!药|饭|完|饱|东西|撑|多)[^，]{1,8}?)就(?:会|要)?(?:过敏|起疹子|肚子疼|拉肚子|胃疼|胃痛|胃不舒服|浑身痒|喘不上气|恶心|吐|长痘|打喷嚏|不舒服|难受)"),
    _p("health", r"(?:有|得了|患有|患了|确诊了?|被诊断(?:出|为|患有)了?)(?:轻度|重度|严重的?|慢性|先天性)?(?P<x>[\u4e00-\u9fff0-9型]{0,5}(?:糖尿病|高血压|哮喘|抑郁症|焦虑症|失眠|鼻炎|胃病|胃炎|心脏病|癫痫|关节炎|颈椎病|腰椎间盘突出|近视|贫血|痛风|偏头痛|恐高症|恐惧症|幽闭症|洁癖|湿疹|自闭症|强迫症|甲亢|脂肪肝))"),
    _p("health", r"(?P<x>恐高|晕车|晕船|色盲|色弱|怀孕|失眠|(?:高度|深度|中度)近视|左撇子|高血压|糖尿病|腰不好|胃不好|膝盖不好|血糖高|血压高)(?:了)?(?=$|还|也|所以|又)"),
    _p("health", r"(?:害怕|怕|恐惧|不敢(?:坐|看|碰|摸))(?P<x>狗|猫|高|黑|蛇|虫子?|蜘蛛|水|打针|鬼|坐?飞机|冷|热|辣|疼|痛|老鼠|蟑螂|打雷|密闭空间|恐怖片|血|社交|坐过山车|过山车|鸟|鱼刺)$", -1, 0.8),
    # diet
    _p("diet", r"(?:是(?:一?[名个位])?)?(?P<x>(?:严格的?)?(?:纯素食主义者|素食主义者|素食者|纯素|吃全素|吃纯素|吃素|清真饮食|生酮饮食|低碳饮食|无麸质饮食|蛋奶素))"),
    _p("diet", r"只(?:吃|喝)(?P<x>(?!了|过|有|是|得|到)[^，]{1,12})", 1, 0.9),
    # dislikes
    _p("dislikes", rf"(?:不|没那么|并不|从来不|从不|绝不|不太|不怎么|不是很|不是特别|不大|不再那么|一点都不|一点也不|都不|不能|没法|无法)(?:喜欢|爱|习惯|享受|能接受|接受|欣赏|待见|感冒|赞成|信)(?:{_DO}(?=.))?" + _X, -1, 0.7),
    _p("dislikes", r"(?:不|从来不|从不|绝不|不能|不可以|没法)(?:怎么|太|能|沾)?(?P<v>吃|喝|抽|碰|穿)(?P<x>(?!了|过|到|完|起|得|下|饭|亏|惊|透|死|力|东西)[^，]{1,12})", -1, 0.8),
    _p("dislikes", rf"(?:讨厌|厌恶|反感|受不了|忍受不了|无法忍受|忍不了|嫌弃|痛恨|憎恨|恨透了|拒绝(?!了)|避免(?!了)|排斥|抵触|看不惯|吃不惯|不感兴趣的是|远离|抗拒)(?:{_DO}(?=..))?" + _X, -1, 0.8),
    _p("dislikes", r"对(?P<x>[^，]{1,15}?)(?:完全|一点都?也?|实在|真的|并|都|也)*(?:不感兴趣|没兴趣|没有兴趣|没什么兴趣|无感|反感|不感冒|提不起兴趣)", -1, 0.6),
    # tastes
    _p("likes", r"(?:喜欢|喜爱|最爱|热爱|酷爱|钟爱|偏爱|偏好|迷上了?|爱上了?|沉迷于?|痴迷于?|着迷于|钟情于|爱好|享受|宁愿|倾向于|爱(?=吃|喝|看|听|玩|唱|跳|打|画|读|写|跑|爬|笑|旅|运|音|猫|狗|喝|做))(?:的)?(?P<x>(?!的|你|上了|过)[^是].*)", 1, 0.6),
    _p("likes", r"对(?P<x>[^，]{1,15}?)(?:很|非常|特别|也|都|十分|一直|比较|挺|更|最|颇)*(?:感兴趣|有兴趣|着迷|情有独钟|充满兴趣|很有热情)", 1, 0.6),
    _p("likes", r"是(?:一?[个名位])?(?:资深|铁杆|忠实|狂热|超级|老)?(?:的)?(?P<x>[\u4e00-\u9fffA-Za-z]{1,10}?)(?:的)?(?:铁杆|忠实)?(?:粉丝|爱好者|发烧友|迷|控|粉)$", 1, 0.7),
    _p("likes", r"只(?:穿|用|买|看|听|玩|住|坐)(?P<x>(?!了|过|有|是|得|到)[^，]{1,12})", 1, 0.9),
    _p("likes", r"(?:的)?(?:最)?(?:喜欢|爱吃|爱喝|爱看|爱听|爱)的(?!就是你)[^，是]{0,8}(?:就是|是|有|当属|要数)(?P<x>.+)", 1, 0.8),
    _p("interests", r"(?:的|有很多|有一些)?(?:业余|最大的|主要的|个人)?(?:兴趣爱好|爱好|兴趣|消遣)(?:就是|是|有|包括|为)(?P<x>.+)", 1, 0.7),
    # aims
    _p("goals", r"(?:的)?(?:人生|最大的|新年|今年的|长期|职业|近期)?(?:的)?(?:目标|梦想|理想|愿望|志向|心愿)(?:就是|是|为)(?P<x>.+)", split=False),
    _p("goals", r"(?:想要?|希望|立志|梦想着?|渴望|努力|打算|一心想|计划)(?:能够?|可以|自己能?)?(?:要)?(?P<x>(?:找到?(?:一[个份])?(?:更好|新|合适|稳定)|换(?:一?[个份])?工作|成为|当上?一?[名个位]|做一?[名个位]|学会|考上|考取|考过|考研|考博|考公|减肥|减重|瘦到|戒烟|戒酒|开一[家间个]|开个|创业|出国留学|塑造|增强|提高|提升|学好|学习|学|练|实现|攒钱|存钱|买房|买车|读完|写一本|出版|跑马拉松|养成|改善|坚持|完成)[^，]*)", split=False),
    _p("plans", rf"(?:我)?(?P<x>{_TIME}(?:我)?(?:要|打算|准备|计划|会|想|将|就要|决定)[^，]{{2,30}})", split=False),
    _p("plans", rf"(?:打算|计划|准备|决定|要|将|正准备|在准备)(?:在|于)?(?P<x>{_TIME}[^，]{{2,30}})", split=False),
    _p("plans", r"(?:在|正在)?(?:打算|计划着?|决定|正?准备|筹备)(?:要)?(?:先|再|自己)?(?P<x>(?:去|到|在|买|搬|换|辞职|结婚|报|参加|开始|学|养|办|带|和|跟|回|写|做一|出国|考|申请|给)[^，]{1,30})", split=False),
    _p("plans", r"(?:想|想要|很想|一直想|想着)(?P<x>(?:去|到)(?!死|了解|看看|吃|睡|买)[\u4e00-\u9fff]{2,12}(?:旅游|旅行|玩|留学|看看|工作|走走|度假|生活))", split=False),
    _p("plans", r"(?:在|正在)?(?:考虑|想)(?:要不要|是否要?|着)?(?P<x>(?:换|找)(?:一份|份|个)?(?:新的?)?工作|辞职|跳槽|转行|搬家|考研|出国|创业|换个城市[^，]{0,6})", split=False),
    _p("skills", r"(?:刚|已经)?学会了?(?:怎么|如何)?(?:做)?(?P<x>(?!了|一道|很多|一个)[^，]{2,10})"),
    _p("studies", r"(?:报名|注册|报|参加|选)(?:参加)?了(?:一[个门节期])?(?P<x>[^，]{1,10}?(?:课程|课|班|培训))", split=False),
    _p("schedule", r"(?P<x>每(?:天|周|个?周末|个?月|晚|早|天早上|天晚上|周[一二三四五六日天末]|个?星期[一二三四五六日天]?|年|逢周[一二三四五六日])[^，]{0,6}(?:都|要|会|去|跑|练|上|做|写|看|学|读|游|健|打|锻炼|早起|坚持|起床|睡)[^，]*)", split=False),
    _p("schedule", r"(?P<x>(?:上夜班|上早班|倒班|早上[五六七\d]点(?:半)?起床|晚上[\d十一二]+点(?:半)?睡觉?|早睡早起))", split=False),
    _p("likes", r"(?:比较|最|很)?感兴趣的(?:就是|是|有)(?:那些|一些|关于|那些关于)*(?P<x>.+)", 1, 0.6),
    _p("interests", r"(?:在|正在|开始|最近在)学习?(?:做)?(?P<x>(?!新的?|一些|如何|这|那|怎么|怎样|知识|一门|一种|着)[^，的]{2,8})$", split=False),
    _p("interests", r"(?:在|正在|开始|最近在|想)?学习?(?:如何|怎么|怎样|着)(?P<x>[^，]{2,12})", split=False),
    _p("skills", r"(?:擅长|精通|拿手的?是|会)(?P<x>(?:弹|编程|开车|游泳|做饭|做菜|画画|摄影|唱歌|跳舞|写代码|吹|拉小|下棋|滑雪|冲浪|修|剪辑|设计|写作|演讲|烹饪|烘焙|书法|钢琴|吉他|画|写)[^，]*|(?<=擅长).+|(?<=精通).+)"),
    _p("personality", r"(?:的?性格|为人|天性|是个?|这人)?(?:比较|很|有点儿?|偏|挺|非常|特别|属于|是)*(?P<x>内向|外向|害羞|腼腆|敏感|乐观|悲观|慢热|急性子|慢性子|完美主义者?|社恐|社牛|话痨|夜猫子|宅|拖延症|理想主义者?|乐天派|感性|理性|细心|粗心|独立|内敛|开朗|活泼|强势|固执|随和|安静)(?:的(?:人|性格|女孩|男孩|女生|男生))?$"),
    _p("interests", r"(?:在学|正在学习?|开始学习?|学习|自学|改(?:成|玩|打|练|学)?|练|练习|玩|弹|打|踢|常去|经常去|会去|去)(?P<x>(?:钢琴|吉他|古筝|小提琴|二胡|篮球|足球|羽毛球|乒乓球|网球|太极拳?|书法|国画|油画|画画|瑜伽|游泳|跳舞|街舞|摄影|围棋|象棋|滑雪|爬山|徒步|健身|跑步|钓鱼|烘焙|桌游|插花|架子鼓|尤克里里|剧本杀|滑板)[^，]{0,4})"),
)  # fmt: skip

_ENDS = (
    (re.compile(_ADV + r"(?:早就|早已|已经|现在|以后|再也|也|都|彻底)*(?:不再|不)(?P<rest>[^，]{1,15}?)(?:了|啦)$"), True),
    (re.compile(_ADV + r"(?:好久|很久|多年|好多年|好几年|很多年|好几个月)(?:都)?(?:不|没有?|没怎么)(?P<rest>[^，]{1,12}?)(?:了|啦)?$"), False),
    (re.compile(_ADV + r"(?:早就|早已|已经|现在|刚|终于|成功)*(?:戒掉?了?|戒了|放弃了?|辞掉了?|辞了|卖掉了?|卖了|退出了?|取消了|停了|离开了?)(?P<rest>[^，]{1,12}?)(?:了)?$"), False),
)  # fmt: skip

_HABIT = re.compile(
    r"^(?:.{0,4}?)(?:平时|平常|经常|常常|通常|一般|闲暇时|空闲时|周末)(?:都|也|会|是|的时候|时候|喜欢|爱)*(?P<x>(?:在?[\u4e00-\u9fff]{0,4}?)(?:锻炼|健身|跑步|听[^，]{1,10}|看[^，]{1,10}|做饭|散步|游泳|瑜伽|冥想|画画|写[^，]{1,6}|弹[^，]{1,6}|"
    r"打[\u4e00-\u9fff]{1,4}球|骑车|骑行|爬山|徒步|钓鱼|逛街|旅游|旅行|拍照|摄影|阅读|读书|唱歌|跳舞|运动|下棋|烘焙|种花|喝茶|品茶)[^，]{0,6})"
)
_SUPPOSED = re.compile(
    r"如果|要是|假如|假设|倘若|万一|的话|假使|好像|似乎|也许|可能|大概|或许|说不定|差点|本来|恨不得|就好了|梦见|梦到|幻想|除非|"
    r"当初|那时候?|年轻的时候|据说|听说|不确定|没准|还没想好|假装|算是个|若是|若我"
)
_PAST = re.compile(r"曾经|以前|小时候|过去|从前")
_ASKED = re.compile(
    r"[?？]\s*[\"”」’)）]*$|(?:吗|呢|么)[。！!.…~～]*$|是不是|有没有|会不会|能不能|可不可以|要不要|该不该|什么(?!都)|(?<![学教])怎么|(?<!习)怎样|为什么|哪[里儿个些种位家天]|是谁|谁[是在会]|多少|几[个点号岁次只]|(?<![习学])如何|何时|吧[?？]"
)
_TOLD_BY = re.compile(
    r"(?:他们?|她们?|你|您|妈妈|爸爸|老师|朋友们?|同事们?|老板|医生|别人|有人|大家|人们|人家|网友|歌里|书里|电影里|主角)[^，,]{0,4}(?:说|觉得|认为|问|告诉|以为|写|唱|叫|夸|骂|劝|让|希望|建议)"
)
_LEAD = re.compile(
    r"^(?:嗯+|哦|噢|啊|哈+|嗨|hi|hello|那|那么|对了|对(?=[，,。啊呀的])|是的|是啊|好的?|好吧|其实|不过|但是?|可是|可|而且|并且|因为|由于|所以|因此|另外|此外|还有|然后|说实话|老实说|说真的|你好|您好|当然|"
    r"没错|不是|不|谢谢|同时|虽然|尽管|只是|反正|毕竟|总之|话说|顺便(?:说|提)一下|告诉你|跟你说|和你说|你知道|要知道|听好了|记一下|记住|帮我记一下|请记住|平时|平常|周末|最近|近来|现在|目前|今年|去年|上个月|除此之外|除了.{1,10}|更正一下|纠正一下|我?(?:刚才)?说错了|补充一下|作为.{1,10}|(?:打|从|自)\d{2,4}年(?:起|开始)(?:就)?|[,，、。:：!！~～\s])+",
    re.I,
)
_ME = re.compile(
    r"^(?:我(?:和|跟|与)(?:[\u4e00-\u9fff]{1,4}?)(?=打算|计划|准备|要去|想去|都|住|养|刚搬)|我)(?!们|国|校|家(?!在|住|有|养|里有))"
)
_MY = re.compile(
    r"^我(?:们家?|的|家)?(?:大|小|二|亲|最好的)?"
    + _WHO
    + r"(?P<name>[A-Z][a-z]+|(?:叫(?!我|你|他|她|人|外卖)[\u4e00-\u9fffA-Za-z]{1,5})|[小阿老][\u4e00-\u9fff](?=对|是|也|不|爱|喜|住|在|有|会|每|特|很|最|刚|今|养|想|打|去|说))?(?:[她他]|是|也|就|都)*?(?P<rest>.*)$"
)
_TOPIC = re.compile(
    r"^(?P<x>(?!我|你|他|她|这|那)[\u4e00-\u9fff]{1,6})我(?:是)?(?:一口|一点儿?|从来|完全|真的|真|实在|绝对)*(?:都|也)?(?:不|从不)(?:碰|吃|喝|喜欢|爱吃|爱喝|爱|感兴趣)(?:的)?$"
)
_AND = re.compile(r"(?=(?:也|又|还|而且|并且)(?:不|很|特别|喜欢|爱|会|是|在|讨厌|对|养|住))")
_CALL_ME = re.compile(
    r"^(?:可以|请|就|都|大家都)*叫我(?P<x>(?!什么)[\u4e00-\u9fff]{1,4}?|[\u4e00-\u9fff]?[A-Za-z]+)(?:就好|就行|吧|即可|就可以)了?$"
)
_OTHER = re.compile(r"^(?:他们?|她们?|它们?|你们?|您|我们|大家|人们|别人|有人|咱们)")
_OF_ME = re.compile(
    r"^(?:已经)?(?:好久不|很久没|戒了|刚搬|住|今年\d+岁|在[^，]{2,10}(?:工作|上班|读书|上学)|当[^，]{0,8}(?:师|医生|护士|员)|养了|打算|计划|最喜欢|比较喜欢|更喜欢|不喜欢|不太喜欢|很喜欢|非常喜欢|特别喜欢|喜欢(?!你|的话|就)|也喜欢|住在|来自|今年\d|本人|讨厌|对[^，]{1,8}过敏)"
)
_GO_ON = re.compile(
    r"^(?:膝盖|腰|胃|血压|血糖|恐高|高度近视|改|也|还|而且|并且|又|更|但|不过|就|平时|最|特别|尤其|只|不|从不|讨厌|喜欢|爱|养了|住|来自|今年|对|在|会|是|每|打算|计划|准备|想|希望|一直|非常|很)"
)


def claims(sentence: str) -> Sequence[Claim]:
    told = stated(sentence)
    label = re.match(r"^(?P<x>[^：:，,我]{1,12})[：:]", told)
    if label and not _LEAD.fullmatch(label[0]):  # a heading: what follows is somebody's text
        return []
    return [*_corrections(told), *_clauses(told), *_style(sentence)]


def stated(sentence: str) -> str:
    """What is said outright, which is what comes before the clause that asks or supposes: 我喜欢拍照，有什么好地方吗？"""
    clauses = re.findall(r"[^，,；;]+[，,；;]?", sentence)
    if re.search(r"[?？]", sentence):
        clauses = clauses[:-1]
    kept: list[str] = []
    for clause in clauses:
        if _ASKED.search(clause.rstrip("，,；;")) or _SUPPOSED.search(clause):
            break
        kept.append("，" if _PAST.search(clause) else clause)
    return "".join(kept)


def _clauses(sentence: str) -> Iterator[Claim]:
    """Clause by clause; one that names nobody goes on about the last."""
    subject, taste = "", None
    for match in re.finditer(r"[^，,；;]+", sentence):
        clause, start = match.group(), match.start()
        lead = _LEAD.match(clause)
        begin = lead.end() if lead else 0
        rest = clause[begin:].rstrip(" 。！!~～.…")
        rest = re.sub(r"^(?:我(?:觉得|想|认为|是说)自己)", "我", rest)
        at = sentence.find(rest, start) if rest else start
        if called := _CALL_ME.match(rest):
            subject, taste = USER, None
            yield Claim("name", called["x"], called.group())
        elif _TOLD_BY.search(clause):
            subject, taste = "", None
        elif (mine := _MY.match(rest)) and not rest.startswith(("我对象棋", "我老师范")):
            subject, taste = _RELATIONS[mine["relation"]], None
            if mine["name"]:
                yield Claim("people", f"{subject} {mine['name'].removeprefix('叫')}", rest[: mine.end("name")])
            for part in _AND.split(mine["rest"]):
                yield from _told(sentence, at, part, subject)
        elif re.match(
            r"我(?:也)?(?:知道|觉得|认为|希望|发现|看|问|告诉|听|猜|帮|陪|给|让|教|劝)[^，]{0,3}[你他她它]", rest
        ):
            subject, taste = "", None
        elif topic := _TOPIC.match(rest):
            subject, taste = USER, None
            yield Claim("dislikes", topic["x"], rest[: topic.end()], polarity=-1, strength=0.8)
        elif me := _ME.match(rest):
            subject = USER
            said = [one for part in _AND.split(rest[me.end() :]) for one in _told(sentence, at, part, subject)]
            taste = said[-1] if said and said[-1].key in ("likes", "dislikes", "interests") else None
            yield from said
        elif _OTHER.match(rest):
            subject, taste = "", None
        elif (
            subject
            and taste
            and (more := re.match(r"(?:(?:尤其|特别)是?|像是?|比如说?|例如|包括)(?:去)?(?P<x>[^，]{1,30})", rest))
        ):
            yield from _values(
                sentence, at, Predicate(taste.key, _ME, taste.polarity, taste.strength), more["x"], subject
            )
        elif subject and taste and _is_item(rest):
            yield from _values(sentence, at, Predicate(taste.key, _ME, taste.polarity, taste.strength), rest, subject)
        elif not subject and match.start() == 0 and _OF_ME.match(rest):
            subject = USER
            said = list(_told(sentence, at, rest, subject))
            taste = said[-1] if said and said[-1].key in ("likes", "dislikes", "interests") else None
            yield from said
        elif subject and _GO_ON.match(rest):
            said = list(_told(sentence, at, rest, subject))
            taste = said[-1] if said and said[-1].key in ("likes", "dislikes", "interests") else taste
            yield from said


def _is_item(clause: str) -> bool:
    """Whether a clause goes on with a list: "唱歌跳舞，健身，旅游"."""
    return 1 < len(clause) <= 8 and not re.search(
        r"[我你他她它是很了也就都但因所还会想能要让这那吧呢吗啊好感味难慢累]|谢谢|没有|不", clause
    )


def _told(sentence: str, at: int, phrase: str, subject: str) -> Iterator[Claim]:
    phrase = phrase.lstrip("，, ")
    for pattern, eaten in _ENDS:
        if match := pattern.match(phrase):
            rest = match["rest"]
            value = _clean(
                re.sub(r"^(?:能)?(?:吃|喝|抽|喜欢|爱|住在?|在|做|当|玩|打|去|看|是|想|用|穿|养|学|开)+", "", rest)
            )
            value = re.sub(r"(?:工作|上班|住|生活|上学|干|做|待|呆|读)$", "", value)
            if not value:
                return
            if (
                re.match(
                    r"(?:行|对|知道|好|错|见|同意|说|聊|打扰|起|住|多|早|少|客气|好意思|得|去|来|想|要|用|管|怕|能|会|动|懂|是)",
                    rest,
                )
                and len(rest) < 3
            ):
                return
            yield _claim(sentence, at, "ended", value, subject=subject, ends=True)
            if eaten and re.match(r"(?:能)?(?:吃|喝|抽)", rest):
                yield _claim(sentence, at, "dislikes", value, subject=subject, polarity=-1, strength=0.8)
            return
    if habit := _HABIT.match(phrase):
        yield from _values(sentence, at, Predicate("interests", _HABIT), habit["x"], subject)
        return
    for predicate in _PREDICATES:
        if match := predicate.pattern.match(phrase):
            groups = match.groupdict()
            value = groups.get("x") or groups.get("y") or phrase
            found = list(_values(sentence, at, predicate, value, subject))
            yield from found
            if found and predicate.key not in ("age", "gender", "relationship", "people", "origin"):
                return


def _values(sentence: str, at: int, predicate: Predicate, written: str, subject: str) -> Iterator[Claim]:
    value = _clean(written)
    parts = [part for part in _SPLIT.split(value) if part] if predicate.split and "的" not in value else [value]
    for part in parts:
        part = _clean(part)
        key = predicate.key
        if key == "likes" and re.match(
            r"(?:弹|唱|跳|画|写|拍|打|踢|游泳|游戏|跑|爬|骑|钓|看|听|玩|学|做|读|下棋|练|逛|旅|健身|阅读|摄影|徒步|运动|收集|烹饪|烘焙|瑜伽|滑)",
            part,
        ):
            key = "interests"
        if part and not _EMPTY.fullmatch(part) and len(part) <= 40 and "\0" not in part:
            yield _claim(
                sentence, at, key, part, subject=subject, polarity=predicate.polarity, strength=predicate.strength
            )


def _clean(value: str) -> str:
    return _ENDING.sub("", _CUT.sub("", value).strip(' "“”「」《》')).strip(' "“”「」')


def _claim(sentence: str, at: int, key: str, value: str, **more: object) -> Claim:
    found = sentence.find(value, at)
    quote = sentence[at : found + len(value)] if found >= 0 else sentence[at:]
    return Claim(key, value, quote.strip(), **more)  # type: ignore[arg-type]


_INSTEAD = (
    re.compile(
        r"(?:不是|不叫|不在|不住在?)(?P<old>[^，,是叫在]{1,10}?)[，, ]*(?:而是|是|叫|在|住在?)(?P<new>[^，,。！!]{1,10})"
    ),
    re.compile(r"(?:是|叫|在)(?P<new>[^，,。是不]{1,10}?)[，, ]*(?:而)?(?:不是|不叫|不在)(?P<old>[^，,。！!了]{1,10})"),
    re.compile(
        r"(?P<old>[^，,。我]{1,8})(?:说错了|写错了|记错了|搞错了)[，,]*(?:应该)?(?:是|叫|在)(?P<new>[^，,。！!]{1,10})"
    ),
)
_NOT_ME = re.compile(
    r"(?P<quote3>(?:搬|去|换|考|得|买|养|离|结|生|辞)[^，,。]{0,10}的是我(?:的)?(?P<relation3>"
    + "|".join(sorted(_RELATIONS, key=len, reverse=True))
    + r")(?![\u4e00-\u9fff]))|(?P<quote>是?我(?:的)?"
    + _WHO
    + r"[^，,]*)[，,]\s*不是我(?=$|[。！!，,自])|不是我[^，,]{0,6}[，,]?\s*(?P<quote2>是我(?:的)?(?P<relation2>"
    + "|".join(sorted(_RELATIONS, key=len, reverse=True))
    + r")[^，,。！!]*)"
)


def _corrections(sentence: str) -> Iterator[Claim]:
    if match := _NOT_ME.search(sentence):
        relation = match["relation"] or match["relation2"] or match["relation3"]
        yield Claim(
            "corrected",
            "",
            match["quote"] or match["quote2"] or match["quote3"],
            subject=_RELATIONS[relation],
            instead_of="",
        )
        return
    for pattern in _INSTEAD:
        match = pattern.search(sentence)
        before = _LEAD.sub("", sentence[: match.start()]) if match else ""
        if match and re.fullmatch(r"(?:我|我家|我妈|应该|更正一下|我是说|其实|不对|，|,)*", before):
            old, new = _clean(match["old"]), _clean(match["new"])
            if old and new and old != new:
                yield Claim("corrected", new, match[0], instead_of=old)
            return


_STYLE = re.compile(
    r"(?P<x>(?:别|不要|不)超过[^，]{1,6}[字句行段]|[^，我]{1,6}[字句行段](?:话)?(?:以内|之内)|(?:回答|回复|答案|说话|讲话|写)?(?:得|的|时|尽量|请|要|都|可以|能)*(?:简短|简洁|简单|精简|详细|正式|口语化?|通俗|直接|短|长|温柔|幽默|礼貌)(?:一点儿?|一些|点儿?|些)"
    r"|(?:都|请|一律|以后)?用(?:(?:中文|英文|英语|普通话|大白话)(?:来)?(?:回答|回复|说|跟我说|和我说|交流)?|(?:表格|列表|要点)(?:来)?(?:回答|回复))|(?:不要|别|少)(?:再)?(?:用|加|带|发)(?:那么多|太多|任何)?(?:表情符号|表情|emoji|列表|表格|术语|感叹号)|别(?:太)?(?:啰嗦|废话)|(?:长话短说|言简意赅))",
    re.I,
)
_LASTING = re.compile(r"以后|今后|从现在|每次|一直|总是|都|回答|回复|跟我|和我说|对我|请|说话|不要再|别再")


def _style(sentence: str) -> list[Claim]:
    if not _LASTING.search(sentence):
        return []
    return [Claim("style", match["x"], match["x"], strength=0.8) for match in _STYLE.finditer(sentence)]
