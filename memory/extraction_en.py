"""Claims in an English sentence.

A sentence is taken apart at each "I …", "my …" and "and (verb) …" that begins a clause. What follows "I" is matched against
tables of predicates; "my sister loves …" is read as "I love …" of the sister. What a clause does not state outright
("if", "might", "they said") is not read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from memory.extraction import USER, Claim, Predicate

_ADV = (
    r"(?:(?:really|strongly|absolutely|totally|completely|strictly|always|usually|also|just|simply|particularly|especially|"
    r"generally|definitely|personally|still|truly|quite|very|so|much|very much|honestly|actually|kind of|sort of|pretty|rather|"
    r"extremely|genuinely|deeply|typically|normally|mostly|mainly|now|currently|recently|firmly|utterly|largely|deliberately|"
    r"actively|consistently|highly|incredibly|entirely|both|often|greatly|vastly|obviously|long|first|even|already|"
    r"fully|basically|naturally|sincerely|consciously|intentionally|somewhat|severely|deathly|mildly|thoroughly|ever)\s+)*"
)
_OBJ = r"(?P<x>.+)"
_A = r"(?:an?|the|my|some|this|one)\s+"

RELATIONS = (
    "mother mom mum mama father dad daddy papa parents sister brother sibling twin wife husband spouse partner fiance fiancee "
    "fiancé fiancée boyfriend girlfriend son daughter kid kids child children baby grandmother grandma granny grandfather grandpa "
    "grandparents grandson granddaughter aunt uncle cousin nephew niece stepmother stepfather stepson stepdaughter friend "
    "roommate flatmate housemate neighbor neighbour boss manager colleague coworker co-worker teammate teacher coach landlord "
    "mother-in-law father-in-law brother-in-law sister-in-law ex"
).split()
_CANONICAL = {
    "mom": "mother", "mum": "mother", "mama": "mother", "dad": "father", "daddy": "father", "papa": "father",
    "grandma": "grandmother", "granny": "grandmother", "grandpa": "grandfather", "neighbour": "neighbor",
    "coworker": "colleague", "co-worker": "colleague", "kid": "child", "kids": "children",
    "fiancée": "fiancee", "fiancé": "fiance",
}  # fmt: skip
_WHO = (
    r"(?:(?:older|elder|younger|little|big|twin|best|close|good|old|eldest|oldest|youngest|late|new|dear|first|second)\s+)*"
    rf"(?P<relation>{'|'.join(sorted(RELATIONS, key=len, reverse=True))})"
)
PETS = "dog cat puppy kitten hamster rabbit bunny parrot budgie canary goldfish fish turtle tortoise snake lizard gecko horse pony ferret guinea-pig".split()
_PET = rf"(?P<pet>{'|'.join(PETS)}|guinea pig)"
_LANGUAGES = (
    "English Chinese Mandarin Cantonese Spanish French German Italian Portuguese Russian Japanese Korean Arabic Hindi Dutch Swedish "
    "Norwegian Danish Finnish Polish Turkish Greek Hebrew Thai Vietnamese Indonesian Malay Ukrainian Czech Hungarian Romanian Latin "
    "Esperanto Catalan Irish Welsh Urdu Bengali Tamil Farsi Persian Swahili Tagalog"
).split()
_LANGUAGE = (
    rf"(?P<x>(?:{'|'.join(_LANGUAGES)})(?:(?:,? and |, )(?:a (?:little|bit of) )?(?:{'|'.join(_LANGUAGES)}))*)\b"
)
_JOBS = (
    r"(?:teacher|nurse|doctor|engineer|programmer|developer|designer|writer|lawyer|accountant|chef|cook|student|artist|"
    r"musician|manager|scientist|researcher|professor|lecturer|driver|pilot|electrician|plumber|carpenter|mechanic|dentist|pharmacist|"
    r"journalist|editor|photographer|architect|consultant|analyst|salesman|saleswoman|salesperson|cashier|waiter|waitress|barista|"
    r"baker|butcher|farmer|gardener|firefighter|police officer|soldier|officer|paramedic|surgeon|vet|veterinarian|therapist|psychologist|"
    r"psychiatrist|social worker|librarian|translator|interpreter|secretary|assistant|receptionist|administrator|technician|"
    r"freelancer|entrepreneur|founder|director|producer|actor|actress|singer|dancer|coach|trainer|instructor|tutor|biologist|chemist|"
    r"physicist|mathematician|statistician|economist|historian|banker|broker|trader|realtor|tailor|hairdresser|barber|beautician|"
    r"florist|captain|sailor|fisherman|miner|welder|bartender|housewife|stay-at-home (?:mom|mum|dad|parent)|retiree|postman|"
    r"courier|magician|comedian|curator|archivist|midwife|optician|physiotherapist|radiologist|cardiologist|paralegal|judge|"
    r"data scientist|product manager|civil servant|copywriter|illustrator|animator|youtuber|blogger|streamer|author|poet|composer|"
    r"conductor|pianist|violinist|guitarist|drummer|intern|apprentice|supervisor|recruiter|auditor|actuary|geologist|astronomer)s?"
)
_DIETS = (
    r"vegan|vegetarian|pescatarian|flexitarian|fruitarian|carnivore|teetotal(?:l?er)?|lacto-vegetarian|halal|kosher"
)
_WEEKDAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SOON = (
    rf"(?:the day after tomorrow|tomorrow|tonight|next (?:week|weekend|month|year|spring|summer|autumn|fall|winter|{_WEEKDAYS}|\w+)|this (?:weekend|summer|winter|spring|autumn|fall|"
    rf"{_WEEKDAYS}|coming \w+)|in (?:\w+ )?(?:days?|weeks?|months?|years?|january|february|march|april|may|june|july|august|september|october|november|december)"
    rf"|on {_WEEKDAYS}|(?:at|by) the end of|soon|over the (?:holidays?|weekend|summer|winter)|for (?:christmas|easter|new year))\b"
)


def _p(key: str, pattern: str, polarity: int = 1, strength: float = 0.5, *, split: bool = True) -> Predicate:
    return Predicate(key, re.compile(_ADV + pattern, re.I), polarity, strength, split)


_USE = (
    r"(?:eat|drink|consume|wear|use|buy|purchase|read|watch|listen to|play|book|choose|cook|cook with|order|shop (?:at|from|for)|visit|"
    r"attend|join|stay (?:at|in)|dine (?:at|in|out at)|go (?:to|for)|travel (?:by|with|to)|touch|own|support|keep|take|smoke|do|feed|adopt|work out (?:with|at)|exercise (?:with|at|in)|train (?:with|at)|"
    r"study with|learn (?:with|through|by))"
)
_DISLIKE = r"(?:dislike|hate|detest|loathe|despise|avoid|abhor|resent|shun|boycott|refuse)"
_LIKE = r"(?:love|like|enjoy|adore|prefer|favou?r|cherish|savou?r|relish|treasure)"
_BAD = (
    r"(?:boring|tedious|annoying|distracting|irritating|unengaging|overwhelming|frustrating|unappealing|disgusting|gross|uncomfortable|"
    r"confusing|stressful|tiring|exhausting|unpleasant|off-putting|disturbing|overrated|dull|repetitive|slow|noisy|loud|intense|"
    r"cluttered|ineffective|intimidating|upsetting|unsettling|challenging to enjoy|repulsive|claustrophobic|bland)"
)
_GOOD = r"(?:relaxing|fascinating|enjoyable|fun|rewarding|calming|soothing|therapeutic|interesting|delicious|beautiful|inspiring|engaging)"

_PREDICATES: tuple[Predicate, ...] = (
    # health, before tastes: "avoid nuts, as I'm allergic" says both
    _p("allergies", r"am (?:\w+ly )?(?:allergic|intolerant) to " + _OBJ, strength=1),
    _p("allergies", r"am (?P<x>\w+)[- ]intolerant\b", strength=1),
    _p("allergies", r"am (?:\w+ )?sensitive to (?P<x>caffeine|gluten|dairy|lactose|nuts?|pollen|dust|fragrances?|wool|latex)\b", strength=1),
    _p("allergies", rf"have (?:{_A})?(?:(?:severe|serious|strong|mild|bad|life-threatening|terrible|known|slight)\s+)*(?:allerg(?:y|ies)|intolerances?|sensitivity) to " + _OBJ, strength=1),
    _p("allergies", rf"have (?:{_A})?(?:(?:severe|serious|strong|mild|bad|life-threatening|terrible|known|slight)\s+)*(?P<x>(?!(?:an?|the|my|some) |food |(?:severe|bad|strong|mild|serious|known|terrible) )[\w-]+(?: [\w-]+)?) (?:allerg(?:y|ies)|intolerances?)\b", strength=1),
    _p("allergies", r"(?:break out in hives|swell up|get a rash|get hives) (?:from|when I eat|if I eat) " + _OBJ, strength=1),
    _p("health", r"(?:have|was diagnosed with|am diagnosed with|have been diagnosed with|got diagnosed with|suffer from|live with|struggle with|am recovering from) "
       r"(?P<x>(?:an? |my |chronic |severe |mild |bad |type [12] |high |low |seasonal |social |generali[sz]ed )*(?:asthma|diabetes|adhd|add|autism|anxiety|depression|insomnia|"
       r"migraines?|arthritis|epilepsy|hypertension|blood pressure|cholesterol|celiac disease|coeliac disease|ibs|crohn'?s(?: disease)?|eczema|psoriasis|tinnitus|vertigo|dyslexia|"
       r"scoliosis|endometriosis|pcos|anemia|back pain|knee (?:pain|issues|problems)|heart (?:disease|condition)|cancer|sleep apnea|ptsd|ocd|hay fever|bad (?:back|knee|knees)))\b(?! (?:about|that|over)\b)", strength=1),
    _p("health", r"am (?:afraid|scared|terrified|frightened|petrified) of " + _OBJ, -1, 0.9),
    _p("health", rf"have (?:{_A})?(?:[\w-]+ ){{0,2}}?(?:phobia|fear) of " + _OBJ, -1, 0.9),
    _p("health", r"(?:am|was born) (?P<x>(?:colou?r-?)?blind|deaf|dyslexic|diabetic|asthmatic|autistic|pregnant|colou?rblind|hard of hearing|left-handed)\b"),
    _p("health", r"(?:use|am in) (?P<x>a wheelchair)\b"),
    # diet
    _p("diet", rf"(?:follow|adhere to|stick to|am on|maintain|keep to|keep|have|eat|am committed to|live on|am following|practice|observe|went on|started) (?:{_A})?(?P<x>(?:[\w-]+(?:,| and)? ){{0,5}}?(?:diet|lifestyle))\b", strength=0.9, split=False),
    _p("diet", rf"am (?:{_A})?(?:(?:strict|ethical|devout|lifelong|committed|proud|dedicated|practi[cs]ing|new)\s+)*(?P<x>{_DIETS})\b", strength=0.9),
    _p("diet", r"(?:went|have gone|have been|became|have become|turned|eat|only eat|keep) (?P<x>vegan|vegetarian|pescatarian|halal|kosher|plant-based|gluten-free|dairy-free|keto|paleo|raw)\b", strength=0.9),
    _p("diet", r"(?:only|exclusively) (?:eat|consume) " + _OBJ, strength=0.9, split=False),
    _p("diet", r"(?:eat|consume) only " + _OBJ, strength=0.9, split=False),
    # dislikes
    _p("dislikes", rf"(?:try|tend|like|choose|prefer|aim|make sure|have|need|want|would rather) to {_ADV}(?:avoid|stay away from|steer clear of|stay clear of|skip) " + _OBJ, -1, 0.6),
    _p("dislikes", r"prefer not to (?:be (?:around|near|in) |have (?:any )?|own |deal with |engage in )?" + rf"(?:{_USE} )?(?:in |at |to |with )?" + _OBJ, -1, 0.6),
    _p("dislikes", r"(?:prefer not|would rather not|would rather avoid)(?: to)? " + rf"(?:{_USE} )?" + _OBJ, -1, 0.6),
    _p("dislikes", rf"refuse to (?:{_USE} )?" + _OBJ, -1, 1),
    _p("dislikes", rf"{_DISLIKE} " + _OBJ, -1, 0.8),
    _p("dislikes", r"(?:can't|cannot|can not|can’t|can hardly|could never) (?:really )?(?:stand|tolerate|bear|handle|abide|stomach|deal with|put up with|get into) " + _OBJ, -1, 0.9),
    _p("dislikes", r"(?:can't|cannot|can not|can’t|mustn't|must not|am not (?:allowed|supposed|able) to) (?:eat|have|drink|consume|wear) (?:any )?" + _OBJ, -1, 1),
    _p("dislikes", rf"(?:don't|do not|don’t|never|won't|will not|won’t) {_ADV}(?:like|enjoy|care for|care much for|get along with|trust|appreciate|believe in)(?: to)? (?:{_USE} )?" + _OBJ, -1, 0.7),
    _p("dislikes", rf"(?:don't|do not|don’t|never|won't|will not|won’t) {_ADV}(?:eat|drink|consume|wear|smoke|touch|celebrate)(?: any)? " + _OBJ, -1, 0.8),
    _p("dislikes", r"(?:don't|do not|don’t|never) (?P<x>smoke|drink(?: alcohol| coffee| tea)?)\b", -1, 0.7),
    _p("dislikes", rf"am not (?:really |particularly |much |very |a )?(?:{_A})?(?:(?:big|huge|great|massive|real)\s+)?(?:fan of|into|interested in|fond of|keen on|comfortable (?:with|in|using)|(?:crazy|mad|wild|enthusiastic|excited) about|one for|a lover of|drawn to|attracted to|a believer in) " + _OBJ, -1, 0.6),
    _p("dislikes", r"am (?:uncomfortable (?:with|in|around|using)|against|opposed to|averse to|repulsed by|put off by|bothered by|disgusted by|turned off by|sick of|wary of|sceptical of|skeptical of|overwhelmed by|annoyed by|sensitive to) " + _OBJ, -1, 0.7),
    _p("dislikes", rf"have (?:{_A})?(?:[\w-]+ ){{0,2}}?(?:aversion (?:to|towards?|for)|dislike (?:for|of|to)|distaste (?:for|of)|hatred (?:of|for)|disdain for|objections? to) " + _OBJ, -1, 0.9),
    _p("dislikes", r"have (?:no interest in|trouble with|difficulty with|no patience for|no time for|zero interest in) " + _OBJ, -1, 0.6),
    _p("dislikes", rf"find it (?:{_ADV}|too )*(?:hard|difficult|tedious|boring|stressful|uncomfortable|annoying|frustrating) to (?P<x>\w+ \w+ \w+.*)", -1, 0.6, split=False),
    _p("dislikes", rf"find (?P<x>(?!it\b|that\b|this\b|myself\b).+?) (?:to be )?(?:(?:too|very|so|really|quite|rather|extremely|incredibly|a bit|overly|highly)\s+)*{_BAD}\b.*", -1, 0.6, split=False),
    _p("dislikes", r"struggle with " + _OBJ, -1, 0.5),
    _p("dislikes", r"(?:stay|keep|steer) (?:away from|clear of) " + _OBJ, -1, 0.8),
    # likes
    _p("interests", r"(?:love|like|enjoy|adore) to (?P<x>(?!see|know|have|hear|be|say|think|ask|get|thank)\w+.*)", 1, 0.6),
    _p("likes", rf"{_LIKE} " + _OBJ, 1, 0.6),
    _p("likes", rf"am (?:{_A})?(?:(?:big|huge|great|massive|real|avid|long-time|lifelong|die-hard|true)\s+)*(?:fan|lover|admirer|supporter) of " + _OBJ, 1, 0.7),
    _p("likes", rf"am (?:{_A})?(?:(?:big|huge|great|real|avid|long-time|lifelong|die-hard|true)\s+)*(?P<x>[\w-]+(?: [\w-]+)?) (?:fan|lover|enthusiast|fanatic|addict|aficionado|buff|nerd|geek|junkie)\b", 1, 0.7),
    _p("likes", r"am (?:into|fond of|keen on|passionate about|fascinated (?:by|with)|obsessed with|crazy about|mad about|interested in|drawn to|partial to|addicted to|hooked on|in love with|enthusiastic about) " + _OBJ, 1, 0.7),
    _p("likes", rf"have (?:{_A}|always had (?:{_A})?)?(?:[\w-]+ ){{0,2}}?(?:preference for|passion for|love (?:for|of)|soft spot for|interest in|fondness for|thing for|weakness for|sweet tooth for) " + _OBJ, 1, 0.7),
    _p("likes", rf"(?:only|exclusively|solely) {_USE} " + _OBJ, 1, 0.9, split=False),
    _p("likes", rf"{_USE} only " + _OBJ, 1, 0.9, split=False),
    _p("likes", r"thrive (?:in|on|with|when) " + _OBJ, 1, 0.6, split=False),
    _p("likes", r"(?:stick|gravitate) (?:to|towards?) " + _OBJ, 1, 0.6),
    _p("likes", rf"find (?P<x>(?!it\b|that\b|this\b|myself\b).+?) (?:to be )?(?:(?:very|so|really|quite|extremely|incredibly|most|more)\s+)*{_GOOD}\b.*", 1, 0.5, split=False),
    _p("likes", r"(?:can't|cannot|can’t) (?:live without|get enough of|resist|do without) " + _OBJ, 1, 0.8),
    _p("likes", r"(?:firmly |strongly |truly )?believe (?:that |in )(?P<x>.+?) (?:is|are|should be)\b.*", 1, 0.5, split=False),
    _p("likes", r"(?:love|like|enjoy) it when " + _OBJ, 1, 0.5, split=False),
    # identity
    _p("age", r"(?:am|(?:just )?turned) (?P<x>\d{1,3})(?: ?(?:years? old|yo|y/o|yrs old))?(?=\s*(?:[,.!]|$|and\b|now\b|this\b|today\b|years\b))"),
    _p("relationship", r"(?:am|have been|got|just got) (?:happily |recently |newly )?(?P<x>single|married|divorced|engaged|widowed|separated)\b(?![- ](?:hand|mind|mum|mom|dad|in\b|from\b|with my (?:luggage|bag)))"),
    _p("gender", r"am (?:an? )?(?P<x>man|woman|male|female|non-binary|trans (?:man|woman)|guy|girl)\b(?! (?:who|that|of|with)\b)"),
    _p("religion", r"am (?:an? )?(?:devout |practi[cs]ing |strict |lapsed )?(?P<x>Muslim|Christian|Buddhist|Hindu|Jewish|Jew|Catholic|Protestant|Sikh|atheist|agnostic|Mormon|Quaker|Taoist)\b"),
    _p("nationality", r"am (?:an? )?(?P<x>American|British|English|Scottish|Irish|Welsh|Canadian|Australian|German|French|Italian|Spanish|Portuguese|Dutch|Swedish|Norwegian|Danish|Finnish|Polish|Russian|Ukrainian|Turkish|Greek|Indian|Pakistani|Chinese|Japanese|Korean|Vietnamese|Thai|Mexican|Brazilian|Argentinian|Egyptian|Nigerian|Kenyan|South African|Swiss|Austrian|Belgian|Czech|Hungarian)\b(?! (?:teacher|student|food|major))"),
    _p("origin", r"(?:am (?:originally )?from|come from|was (?:born|raised|born and raised) in|grew up in|hail from) (?P<x>(?-i:[A-Z])[\w'’-]*(?:,? (?-i:[A-Z])[\w'’-]*| (?:de|of|del|la|do|upon)){0,4}|(?:a|the) (?:small |little |tiny )?(?:town|village|city|farm|countryside|suburbs?)(?: (?:in|near|outside) [\w ]+)?)", split=False),
    _p("home", r"(?:live|am living|reside|am based|have lived|have been living|settled|have settled|am located)(?: \w+ly)?(?: down)? (?:in|at|near|on|outside) (?P<x>(?!peace|fear|a society|a world|a simulation|a bubble|interesting times|harmony|constant|the moment|the past|hope|denial|the present)(?:an? |the |my )?[\w'’-].*)", split=False),
    _p("home", r"am (?:still|now|back) (?:living )?in (?P<x>(?-i:[A-Z])[\w'’-]+(?: (?-i:[A-Z])[\w'’-]+)*)", split=False),
    _p("home", r"(?:have |recently |just |have just |finally )*(?:moved|relocated|emigrated|immigrated)(?: back| out| house| over| here)? (?:from [\w ]+ )?to (?P<x>(?!(?:postgres\w*|mysql|sqlite|python|rust|linux|windows|mac\w*|vim|kubernetes|docker|aws|react|typescript|java\w*|go|azure|gcp|chrome|firefox|notion|obsidian|slack|github|gitlab)\b|the next|another|a new (?:topic|job|role|team)|option)(?:an? |the |my )?[\w'’-].*)", split=False),
    _p("job", r"(?:work|am working|worked|am employed|started(?: working)?|got a job|have (?:worked|been working)) as (?:an? |the )?(?P<x>.+)", split=False),
    _p("job", rf"(?:am|have been|became|just became) (?P<x>(?:(?:an?|the) (?:[\w-]+ (?!in\b|to\b)){{0,3}}?)?{_JOBS})\b(?! (?:of|who is) mine)", split=False),
    _p("job", r"(?:do|work in|am in) (?P<x>payroll|accounting|marketing|sales|hr|human resources|it|finance|banking|insurance|healthcare|logistics|retail|construction|real estate|customer (?:service|support)|education|publishing|advertising|software|consulting|hospitality|manufacturing|research|law|tech)\b(?=\s*(?:[,.!;]|$|and\b|at\b|for\b|now\b|so\b))"),
    _p("job", r"(?P<x>teach (?!you|me|him|her|them|my)[\w ]+?)(?= at| in| for|[,.!]|$)", split=False),
    _p("employer", r"(?:work|am working|am employed|have worked|started(?: working)?|have been working|got a job) (?:at|for|by) (?P<x>(?!\d|home|night|a living|the moment|free|myself|hours|(?:an?|my|the|this|our) (?:\w+ )?(?:company|firm|job|place|moment|boss|team|project|exam|test|solution|goal|deadline|hour|hours|while|week|month|year|day)\b)(?:an? |the )?.+)", split=False),
    _p("school", r"(?:study|am studying|go|am a student|am a (?:freshman|sophomore|junior|senior)|am enrolled|am doing (?:an?|my) \w+) (?:at|to) (?P<x>(?:the )?[\w .'-]*(?:university|college|school|institute|academy|mit|stanford|harvard|oxford|cambridge|yale|princeton|berkeley|ucla)\b[\w ]*)", split=False),
    _p("school", r"attend (?P<x>[\w .'-]*(?:university|college|school|institute|academy)\b[\w ]*)", split=False),
    _p("languages", rf"(?:speak|can speak|am fluent in|know|am learning|learn|study|am studying|have been studying|am a native speaker of|started learning|have been learning|am trying to learn|am taking)(?: (?:a (?:little|bit of)|some|fluent|basic|good|native))* {_LANGUAGE}"),
    _p("languages", rf"am (?:a )?native {_LANGUAGE}(?: speaker)?"),
    _p("studies", r"(?:am majoring|major|majored|am doing a (?:degree|phd|master'?s)|have a degree|did (?:a|my) (?:degree|phd|master'?s)|am getting (?:a|my) (?:degree|phd|master'?s)) in (?P<x>.+)", split=False),
    _p("studies", r"(?:study|am studying) (?P<x>(?!for|at|in|hard|abroad|with|how|the|this|a|an|to|from|late|every|alone)[\w ]+?)(?= at\b| in\b|[,.!]|$)", split=False),
    _p("people", rf"have (?P<x>(?:an?|one|two|three|four|five|six|\d+|many|twin) (?:(?:older|elder|younger|little|big|twin|best|close|good|half|step|adopted|grown(?:-up)?|\d+-year-old|\w+-year-old|beautiful|lovely|wonderful)[ -])*(?:{'|'.join(RELATIONS)}|sisters|brothers|sons|daughters|friends|cousins|grandchildren|siblings|twins)(?:,? (?:named|called|who is called) (?-i:[A-Z])\w+(?:(?:,| and) (?-i:[A-Z])\w+)*)?)\b"),
    _p("pets", rf"(?:have|own|adopted|got|just got|just adopted|rescued|bought|am getting|keep) (?P<x>(?:an?|one|two|three|four|five|\d+|some) (?:[\w-]+ ){{0,3}}?(?:{'|'.join(PETS)}|guinea pig|labrador|retriever|poodle|husky|corgi|beagle|chihuahua|tabby|siamese)s?(?:,? (?:named|called) (?-i:[A-Z])\w+(?:(?:,| and) (?-i:[A-Z])\w+)*)?)\b"),
    _p("possessions", r"(?:own|drive|ride|bought|just bought|have bought|recently bought|purchased) (?P<x>(?:an?|my own|my first|two|three|our) (?:[\w-]+ ){0,3}?(?:car|house|home|apartment|flat|condo|bike|bicycle|motorcycle|motorbike|scooter|truck|van|boat|guitar|piano|violin|camera|laptop|computer|phone|telescope|drone|farm|cabin|restaurant|shop|bakery|cafe|company|business|tesla|toyota|honda|ford|bmw|volvo|subaru|collection|kindle|tent|garden|bookstore)\b(?: called \w+)?)", split=False),
    # what they do and want
    _p("interests", r"(?:play|have been playing|started playing|am learning(?: to play)?|learn(?:ed)? to play|practi[cs]e|do|took up|have taken up) (?P<x>(?:the )?(?:piano|guitar|violin|drums|cello|flute|saxophone|trumpet|ukulele|bass|harp|tennis|football|soccer|basketball|volleyball|badminton|golf|chess|hockey|baseball|cricket|rugby|table tennis|ping pong|video games|board games|yoga|pilates|karate|judo|tai chi|calligraphy|ballet|pottery|photography|knitting|boxing|squash|poker|mahjong))\b"),
    _p("interests", r"(?:am|have been|started|just started|began) (?:learning|to learn|teaching myself)(?: how)? (?:to )?(?P<x>(?!that|how|about|the|from|it|a lot|more|what|so|something|things)\w+.*)"),
    _p("interests", r"(?:go|went) (?P<x>(?!out|home|back|to|there|through|on|for|with|over|into|shopping for)\w+ing)\b(?= (?:every|each|twice|once|a lot|often|regularly|on (?:week|sat|sun|mon))|.*\bevery\b)"),
    _p("interests", r"(?:collect) (?P<x>(?!my|the|your|all|data|some)[\w ,]+)"),
    _p("interests", r"spend (?:most of |a lot of |all |much of )?my (?:free |spare )?(?:time|weekends|evenings) (?P<x>\w+ing\b.*)"),
    _p("skills", r"am (?:(?:very|really|pretty|quite|also) )*(?:good|great|skilled|experienced|proficient|talented|an expert) (?:at|in|with) (?P<x>.+)"),
    _p("personality", r"am (?:an? |more of an? |quite |very |a bit |kind of |naturally |rather |a very |a pretty |pretty |a rather )*(?P<x>introvert(?:ed)?|extrovert(?:ed)?|shy|outgoing|perfectionist|night owl|early bird|morning person|homebody|optimist|pessimist|procrastinator|workaholic|sensitive person|quiet person|people person|minimalist)\b"),
    _p("goals", r"(?:want|hope|aim|aspire|dream|would (?:love|like)|am (?:trying|working|determined|hoping|aiming|training|striving)|plan) (?:to|of) (?P<x>(?:find (?:an?|better|another|more|new) |change (?:my )?(?:jobs?|careers?)|switch (?:jobs?|careers?)|become|becoming|be (?:an?|fluent)|being an?|learn|learning|improve|improving|lose \w+|losing|quit|quitting|stop smoking|get (?:better|fit|into shape|healthier|a (?:degree|phd|promotion))|master|start (?:my|a|an) (?:own )?(?:business|company|family|restaurant|blog)|run a (?:half )?marathon|save|build|open (?:my|a)|write a (?:book|novel)|retire|own|publish|gain|eat (?:healthier|better|less)|publishing|opening|writing|starting|running)\b.*)", split=False),
    _p("plans", rf"(?:am (?:going|planning|hoping|preparing|about)|plan|intend|have decided|decided|will|am gonna) (?:to |on )?(?P<x>(?!be (?:honest|fine|happy|okay|ok)\b)\w+.*\b{_SOON}.*)", split=False),
    _p("plans", r"(?:am planning|plan|intend|have decided|decided|am preparing|am hoping) (?:to|on) (?P<x>(?:go|going|travel|travell?ing|visit|visiting|move|moving|take|taking|buy|buying|study|studying|attend|attending|marry|get married|start|starting|climb|hike|tour|spend|have|host|throw|open|apply|apply for|sign up)\b.*)", split=False),
    _p("plans", r"(?:am|will be) (?P<x>(?:moving|relocating|emigrating|flying|travell?ing) to (?-i:[A-Z]).*)", split=False),
    _p("plans", rf"(?:am|will be) (?P<x>(?:moving|flying|travell?ing|going|visiting|starting|getting married|leaving|taking|graduating|running|having|hosting|attending|meeting)\b.*\b{_SOON}.*)", split=False),
    _p("plans", r"would (?:also |really |absolutely )*(?:love|like) to (?P<x>(?:attend|visit|travel|move to|hike|climb|tour|backpack|go to (?-i:[A-Z]))\b.*)", split=False),
    _p("plans", rf"have (?P<x>(?:an?|my) (?:[\w-]+ )?(?:exam|interview|trip|appointment|wedding|flight|surgery|operation|presentation|deadline|concert|date|holiday|vacation|conference|meeting|party|recital|match|race|test)\b.*\b(?:{_SOON}|on the \d+).*)", split=False),
    _p("plans", r"(?:am|have been) (?:considering|thinking (?:about|of)|looking (?:into|for)) (?P<x>(?:changing|switching|quitting|leaving|moving|getting (?:an?|another)|buying (?:an?|another)|adopting|going back to|starting|retiring|a new job|new jobs)\b.*)", split=False),
    _p("studies", r"(?:signed up|registered|enrolled|have signed up|have enrolled)(?: for| in) (?P<x>(?:an? )?[\w' -]*?(?:class(?:es)?|course|lessons?|program(?:me)?|workshop|degree|bootcamp))\b", split=False),
    _p("skills", r"(?:have )?(?:just )?(?:learn(?:ed|t)|mastered) (?:how )?to (?P<x>(?!love|live|deal|accept|appreciate|be|not|let|trust)\w+.*)"),
    _p("schedule", rf"(?P<x>(?:go to|go|do|have(?! been| had)|attend|take|work|wake up|get up|run|swim|practi[cs]e|train|meditate|walk|exercise|play|read|visit|call|volunteer)\b[^,]*?\b(?:every|each) (?:single |other )?(?:morning|evening|night|day|week|weekend|month|weekday|{_WEEKDAYS}))", split=False),
    _p("schedule", rf"(?P<x>(?:go to|do|have(?! been| had)|attend|take|work|train|practi[cs]e|play|volunteer)\b[^,]*?\bon {_WEEKDAYS}s(?: and {_WEEKDAYS}s)?)", split=False),
    _p("schedule", r"(?P<x>(?:work (?:the )?(?:night|day|early|late) shifts?|(?:wake|get) up at \d[\w: .]*|go to bed at \d[\w: .]*|work from home(?: on \w+| every \w+)?|work nights))\b", split=False),
)  # fmt: skip

_ENDS = (
    re.compile(_ADV + r"(?:haven['’]t|have not|didn['’]t|have never) (?P<rest>(?:work|liv|stud|play|eat|ate|drunk|drink|smok|go|been|watch|us|own|had|practi[cs])\w*.+?) (?:since|in (?:years|ages|months|over|a (?:year|decade|long))|for (?:years|ages|months|over|a (?:year|decade|long)))\b", re.I),
    re.compile(_ADV + r"(?:no longer|don't|do not|don’t|am not|never) (?P<rest>.+?)(?:,? (?:any ?more|any longer))\b", re.I),
    re.compile(_ADV + r"(?:am )?no longer (?P<rest>.+)", re.I),
    re.compile(_ADV + r"(?:have |just |recently |finally |already )*(?:quit|stopped|gave up|given up|dropped|got rid of|sold|am done with|cut out|went off|gone off) (?P<rest>.+)", re.I),
)  # fmt: skip

_HEDGED = re.compile(
    r"\b(?:if(?! possible| I can help it)|unless|suppose|supposing|imagine|pretend|wish(?:ed)?|were I|hypothetical(?:ly)?|what if|say I|might|maybe|perhaps|"
    r"probably|possibly|would (?:be|have|hate|never|avoid)|wouldn't|could have|should have|as though|used to|when I was|back when|"
    r"had (?:I|a)\b|were to|in (?:my|a) dreams?|not sure|not certain|wonder(?:ing)?|don't know|do you think)\b",
    re.I,
)
_EVEN_IF = re.compile(r",? even (?:if|though|when)\b.*", re.I)
_IF_YOU = re.compile(r"(?:,|;)\s*(?:and |but |so )?if (?:you|it|that)\b.*", re.I)
_REPORTED = re.compile(
    r"\b(?:says?|said|told|tells|thinks?|thought|claims?|claimed|asked|asks|believes?|swears?|insists?|assumes?|accused?|calls?|called|"
    r"joked|wrote|read|heard|quote|quoted)\b(?: me| us| that| like|:)*[\s,:]*$|\baccording to [\w ]{1,30},?\s*$",
    re.I,
)
_LABEL = re.compile(
    r"^(?!.*\b(?:sorry|typo|correction|update|fyi|fact|secret|confession|thing|about me|myself)\b)[^:]{1,60}:\s*$", re.I
)
"""A heading before what is said: "Patient: I …", "Here is the letter: I …". """
_ASKS = re.compile(
    r"^\W*(?:(?:so|and|but|well|ok|hey|hi|um|also|now)[, ]+)*(?:do|does|did|am|is|are|was|were|should|can|could|would|will|have|has|shall|what|who|whom|"
    r"which|when|where|why|how|remind me|tell me|guess|explain|show me|give me|let me know|please (?:tell|show|explain|recommend|suggest)|any)\b"
    r"(?!\s+to (?:be honest|tell))",
    re.I,
)
_ASKS_AT_LAST = re.compile(
    r"(?:[,;:—–-]\s*|[,;]?\s+(?:and|so|but)\s+)(?:(?:so|and|but|then|please|also)\s+)?(?=(?:what|who|which|when|where|why|how|any|do|does|did|can|could|would|should|will|is|are|am|got|know|have)\b[^,;]*\W*$)",
    re.I,
)
_CLAUSE = re.compile(
    r"(?P<lead>^|[,:;(—–]\s*|\s-\s|\b(?:and|but|because|so|since|as|though|although|while|however|plus|also|then|yet|or|for|where|mean|know|that)\s+|,\s*)"
    r"(?:(?:well|hi|hello|hey|yes|yeah|no|nope|ok|okay|oh|actually|honestly|personally|sorry|by the way|btw|in fact|fyi|just so you know|for the record|also|and|but|so|because|"
    r"to be honest|these days|nowadays|lately|currently|generally|overall|in general|at home|for me|as you know|"
    r"sometimes|usually|recently|today|actually no|wait)\b[,:!.\s]*)*"
    r"(?P<subject>I(?:['’](?:m|ve|d|ll|re))?\b|(?P<we>[Ww]e(?:['’](?:re|ve|ll))?)\s+(?=\w)|(?P<my>[Mm]y|[Oo]ur)\s+(?=\w)|(?:the |my )?name(?:['’]s| is)\s)",
)
_GO_ON = re.compile(
    r"(?:,\s*(?:and|but|so|or)?|;|\band|\bbut)\s+(?:(?:I|so I|thus|therefore|instead|will|would)\s+)?(?="
    + _ADV
    + rf"(?:{_DISLIKE}s?|{_LIKE}s?|has|is|lives|works|plays|speaks|studies|doesn't|doesn’t|only {_USE}|exclusively {_USE}|can't|cannot|can’t|don't|do not|don’t|never|won't|will not|find|have|am|live|work|tend to|try to|stay away|refuse to|collect|play|speak|follow)\b)",
    re.I,
)
_TAIL = re.compile(
    r"""\s*(?:[,;:]?\s+(?:because|since|as\s+(?:I|it|they|that|we|my|this|he|she|these|those|there|you|such)\b|due\s+to|so\s+(?:that\b|I\b|please)|which|but|while|
      although|though|whereas|as\s+well\b|after\s+(?:all|I)|whenever|these\s+days|nowadays|lately|at\s+the\s+moment|right\s+now|any\s?more|too\s+much|
      very\s+much|a\s+lot(?!\s+of)|so\s+much|at\s+all|entirely|completely|whatsoever|in\s+general|myself|personally|in\s+any\s+form|now\s+and\s+(?:then|again)|from\s+time\s+to\s+time|once\s+in\s+a\s+while|sometimes|the\s+most|more\s+and\s+more|again|
      by\s+the\s+way|btw|haha|lol|under\s+any\s+circumstances|for\s+(?:ethical|religious|personal|health|medical|privacy|environmental|safety|moral)\b|
      (?:more|rather|better)\s+than|over\s+(?:any|the\s+other)|to\s+be\s+honest|and\s+so\s+on|etc|
      (?:and|or)\s+(?:I|my|we|he|she|it|they|so|then|am|have|prefer|avoid|only|dislike|would|will|do\s+not|don't|find|much|strongly|tend|cannot|can't|need|
        want|always|usually|never|also|am|love|like|enjoy|hate|must|opt|instead|choose|look|stick|thus|therefore|actively|consider|value)\b)
      |[.!?]|\s[-—–]\s|,\s+(?:I|my|we|so|and\s+(?:I|my|prefer|avoid|only|am|find|would|do|don't)|especially|including|such\s+as|like|even|please|preferring|avoiding|
        opting|whether|not\s+just|not\s+only|as\s+(?:these|they|it|I|this)|a\s+variety|mainly|particularly|instead|can|do|what|any|regardless|no\s+matter|where|who|with\s+the\s+exception|too|though|thanks|either)\b|\().*$""",
    re.I | re.S | re.X,
)
_TRIM = re.compile(
    r"^(?:to\s+|the\s+(?=idea of\s)|any\s+(?:kind|form|type|sort)s?\s+of\s+|all\s+(?:kinds|forms|types|sorts)\s+of\s+|(?:all|any)\s+)+",
    re.I,
)
_EMPTY = re.compile(
    r"^(?:it|that|this|these|those|them|him|her|you|your\b.*|how\b.*|what\b.*|who\b.*|the (?:idea|way|fact|sound|look|first|second|third|last|other|one|option|answer|result|new|same|previous|above|following|code)\b.*|"
    r"(?:the )?(?:option|options|ones?|latter|former|both|either|neither|everything|nothing|something|anything|someone|anyone|that\b.*|this\b.*|these\b.*|those\b.*|its\b.*|"
    r"their\b.*|his\b.*|it\b.*|to (?:know|see|hear|have|say|ask|get|be|do|make|use|go|thank|talk|start|give|add|change|keep|create|write|find|try)\b.*|when|a lot|so|much|"
    r"more|most|too|very|now|here|there|then|again|a|an|the|some|any|all|being|having|how|not|no|yes|going|doing|getting|talking|chatting)|\d+)$",
    re.I,
)
_SPLIT = re.compile(r"\s*,\s*(?:(?:and|or|as well as)\s+)?|\s+(?:and|or|as well as)\s+|\s*/\s*")
_JOINED = re.compile(r"\b(?:and|or|as well as)\b|/")
_WHOLE_ONLY = re.compile(
    r"\b(?:that|with|which|of|for|than|without|in|on|at|from|like|where|who|to|containing|over|made|between|involving|by)\b",
    re.I,
)
_ABLE_TO_STAND = re.compile(r"^[\w'’-]+(?:\s+[\w'’-]+){0,3}$")


def person_in(sentence: str) -> str | None:
    """Whom "she" or "he" means in the next sentence: the one person of the user's that this one speaks of."""
    found = {match["relation"].lower() for match in re.finditer(rf"\b(?:my|our)\s+{_WHO}\b", sentence, re.I)}
    return _CANONICAL.get(only := found.pop(), only) if len(found) == 1 else None


def claims(sentence: str, person: str | None = None) -> Sequence[Claim]:
    """`person` is who was spoken of in the sentence before, if that was one."""
    told = stated(sentence)
    if not told:
        return _style(sentence)
    about = list(_of_person(told, person)) if person else []
    return [*_names(told), *_corrections(told), *_of_things(told), *_spoken(told), *about, *_style(told)]


def stated(sentence: str) -> str:
    """What of a sentence is said outright: not what it asks, nor what it only supposes."""
    told = sentence
    if sentence.rstrip(" \"'”’)").endswith(("?", "？")):
        asked = _ASKS_AT_LAST.search(sentence)
        told = sentence[: asked.start()] if asked else ""
    told = _IF_YOU.sub("", _EVEN_IF.sub("", told))
    return "" if _ASKS.match(told) or _HEDGED.search(told) else told


_PRONOUN = re.compile(
    r"^(?:and |but |also |so )?(?P<who>(?:he|she|they)(?:['’]s|['’]re|['’]ve)?)\b\s*(?P<rest>.*)", re.I | re.S
)
_POSSESSIVE = re.compile(
    r"(?:^|,\s*|\band )(?:her|his|their) (?P<rest>birthday .*|age .*|favou?rite .*|hobb(?:y|ies) .*)", re.I
)


def _of_person(sentence: str, person: str) -> Iterator[Claim]:
    """ "She's terrified of clowns", of whom the sentence before spoke of."""
    if match := _PRONOUN.match(sentence):
        phrase = re.sub(r"^['’](?:s|re)\b", "is", match["who"][match["who"].find("'") :] if "'" in match["who"] else "")
        yield from _told(sentence, match.start("who"), _first_person(f"{phrase} {match['rest']}".strip()), person)


_SHARED = ("plans", "home", "pets", "possessions", "people", "schedule", "languages")
"""What "we" says holds for the user too."""
_WITHOUT_I = re.compile(
    r"^(?P<lead>(?:(?:well|yeah|yes|no|oh|hi|hey|also|honestly|actually|so|ok|okay)[,!. ]+)*)"
    r"(?P<verb>haven['’]t|don['’]t|can['’]t|cannot|never|hate|love|loving|really|live|living|work at|work for|work as|working (?:at|as|for)|just moved|moved to|"
    r"allergic|not (?:a|an|into|really|much|keen|fond|interested)|grew up|born in|used to|vegan|vegetarian|got (?:a|an|two) (?:new )?(?:dog|cat|puppy|kitten)|have (?:a|an|two|three)|been)\b",
    re.I,
)


def _with_subject(sentence: str) -> str:
    """ "Hate mushrooms." as "I hate mushrooms."."""
    match = _WITHOUT_I.match(sentence)
    if not match:
        return sentence
    verb = match["verb"].lower()
    am = (
        "am "
        if re.match(r"(?:allergic|not|living|working|loving|born|vegan|vegetarian)", verb)
        else "have "
        if verb == "been"
        else ""
    )
    return f"{match['lead']}I {am}{sentence[match.start('verb') :][0].lower()}{sentence[match.start('verb') + 1 :]}"


def _clauses(sentence: str) -> Iterator[Claim]:
    for match in _CLAUSE.finditer(sentence):
        before = sentence[: match.start("subject")]
        if (
            _REPORTED.search(before)
            or _LABEL.search(before)
            or (match["lead"].strip() == "that" and not re.search(r"\b(?:fact|mean|mind|admit|say) that\s*$", before))
        ):
            continue
        if match["my"]:
            yield from _of_mine(sentence, match.start("subject"), match.end())
        elif match["we"]:
            phrase = _expanded(match["we"].replace("We", "I").replace("we", "I"), " " + sentence[match.end() :])
            said = _told(sentence, match.start("subject"), re.sub(r"^are\b", "am", phrase), USER)
            yield from (claim for claim in said if claim.key in _SHARED)
        elif match["subject"].startswith("I"):
            yield from _told(
                sentence, match.start("subject"), _expanded(match["subject"], sentence[match.end() :]), USER
            )


def _expanded(subject: str, rest: str) -> str:
    """The verb phrase after "I": "'m keen" is "am keen"."""
    short = subject[1:].replace("’", "'")
    return (
        {"'m": "am", "'re": "am", "'ve": "have", "'d": "would", "'ll": "will"}.get(short, "") + rest
        if short
        else rest.lstrip()
    )


_SINGULAR = re.compile(r"^(?P<adv>" + _ADV + r")(?P<verb>[\w']+)", re.I)
_IRREGULAR = {
    "is": "am", "'s": "am", "are": "am", "has": "have", "doesn't": "don't", "does": "do", "goes": "go", "isn't": "am not", "aren't": "am not",
    "hasn't": "have not", "was": "was", "studies": "study", "teaches": "teach", "watches": "watch", "practises": "practise",
}  # fmt: skip


def _first_person(phrase: str) -> str:
    """ "loves jazz" as it would be said with "I": "love jazz"."""
    match = _SINGULAR.match(phrase)
    if not match:
        return phrase
    verb = match["verb"]
    lower = verb.lower()
    plain = _IRREGULAR.get(lower) or (
        verb[:-1] if lower.endswith("s") and not lower.endswith("ss") and len(lower) > 3 else verb
    )
    return match["adv"] + plain + phrase[match.end() :]


_MINE = re.compile(rf"{_WHO}\b(?:,?\s+(?P<name>(?-i:[A-Z][a-z]+)))?(?P<rest>.*)", re.I | re.S)
_MY_NAME = re.compile(
    r"(?:first |full |real |nick)?name(?:['’]s| is| was)\s+(?P<x>(?-i:[A-Z])[\w'’-]*(?:\s(?-i:[A-Z])[\w'’-]*){0,3})",
    re.I,
)
_MY: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (key, re.compile(pattern, re.I))
    for key, pattern in (
        ("birthday", r"birthday(?:['’]s| is)(?: on)? (?P<x>(?!coming|soon|today|tomorrow|next|this|almost|near|party)[\w ,]+)"),
        ("age", r"age is (?P<x>\d{1,3})"),
        ("interests", r"(?:main |biggest |favou?rite )?(?:hobby|hobbies|pastimes?|interests?)(?: is| are| include|['’]s) (?P<x>.+)"),
        ("likes", r"(?:all-time |absolute )?favou?rite (?:[\w-]+ ){0,3}?(?:(?:of all time|to \w+) )?(?:is|are|has always been|would be|['’]s|include) (?P<x>.+)"),
        ("goals", r"(?:main |biggest |long-term |new year'?s )?(?:goal|dream|aim|ambition|resolution)(?: for \w+ \w+)?(?: is| has always been|['’]s)(?: to| of)? (?P<x>.+)"),
        ("job", r"(?:job|profession|occupation) is (?P<x>(?:an? |being an? |to )(?!stressful|hard|boring|great|killing|so|very|too|going|to)[\w ]+)"),
        ("home", r"home ?town is now (?P<x>.+)"),
        ("origin", r"home ?town is (?P<x>(?!now)[\w ,]+)|family is from (?P<y>[\w ,]+)"),
        ("languages", rf"(?:native language|mother tongue|first language) is {_LANGUAGE}"),
        ("employer", r"(?:company|employer) is (?P<x>(?-i:[A-Z])[\w ]+)"),
    )
)  # fmt: skip


def _of_mine(sentence: str, start: int, end: int) -> Iterator[Claim]:
    """What follows "my": a person, a pet, or something that is the user's."""
    rest = sentence[end:]
    if match := _MY_NAME.match(rest):
        yield _claim(sentence, start, "name", match["x"])
        return
    for key, pattern in _MY:
        if match := pattern.match(rest):
            value = next(group for group in match.groups() if group)
            yield from _values(
                sentence, start, Predicate(key, pattern, split=key in ("interests", "likes")), value, USER
            )
            return
    if match := re.match(
        rf"(?:[\w-]+ ){{0,2}}?{_PET}(?:['’]s)?(?:,? (?:is )?(?:named|called)|['’]?s name is| name is|,)? (?P<name>(?-i:[A-Z][a-z]+))",
        rest,
        re.I,
    ):
        yield _claim(
            sentence,
            start,
            "pets",
            f"{match['pet'].lower()} {match['name']}",
            quote=sentence[start : end + match.end()],
        )
        return
    if not (match := _MINE.match(rest)):
        return
    relation = _CANONICAL.get(match["relation"].lower(), match["relation"].lower())
    phrase, at = match["rest"], end + match.start("rest")
    called = re.match(
        r"(?:['’]s name is| is called| is named|,? (?:named|called|whose name is)) (?P<name>(?-i:[A-Z][a-z]+))", phrase
    )
    name = match["name"] or (called and called["name"])
    if name:
        stop = at + called.end() if called else at
        yield _claim(sentence, start, "people", f"{relation} {name}", quote=sentence[start:stop])
        if called:
            return
    if match := _POSSESSIVE.match(phrase):
        for key, pattern in _MY:
            if said := pattern.match(match["rest"]):
                value = next(group for group in said.groups() if group)
                yield from _values(sentence, start, Predicate(key, pattern, split=False), value, relation)
        return
    phrase = re.sub(r"^['’]s\s+", " is ", phrase)
    if re.match(r"\s*(?:and I|and me|or|'s|’s|and my)\b", phrase):
        return
    phrase = re.sub(r"^,?\s*(?:who|he|she)\s+", "", phrase.lstrip())
    yield from _told(sentence, start, _first_person(phrase), relation)


def _spoken(sentence: str) -> list[Claim]:
    """The clauses' claims; where "I" was left out, quoted as it was written."""
    whole = _with_subject(sentence)
    if whole == sentence:
        return list(_clauses(sentence))
    return [replace(claim, quote=sentence.strip()) for claim in _clauses(whole)]


_ANOTHER = re.compile(r"(?:,|;|\band|\bbut|\bwhile|\bso)\s+(?:I|we|my|you|it|this|that)\b.*", re.I | re.S)
"""Where a clause about another ends and one about somebody else begins."""


def _told(sentence: str, start: int, phrase: str, subject: str) -> Iterator[Claim]:
    """What a verb phrase says of a subject, and the ones joined to it by "and"."""
    if subject != USER:
        phrase = _ANOTHER.sub("", phrase)
    parts = [phrase]
    for match in _GO_ON.finditer(phrase):
        parts = [*parts[:-1], parts[-1][: match.start() - len(phrase) + len(parts[-1])], phrase[match.end() :]]
    for number, part in enumerate(parts):
        said = part if subject == USER or number == 0 else _first_person(part)
        yield from _predicated(sentence, start, said.strip(), subject)


def _predicated(sentence: str, start: int, phrase: str, subject: str) -> Iterator[Claim]:
    for pattern in _ENDS:
        if match := pattern.match(phrase):
            yield from _ended(sentence, start, match["rest"], subject)
            return
    phrase = _AM_ADV.sub("am ", _HAVE_BEEN.sub("am ", phrase))
    for predicate in _PREDICATES:
        match = predicate.pattern.match(phrase)
        if match:
            yield from _values(sentence, start, predicate, match["x"], subject)
            if predicate.key not in ("age", "people", "gender", "nationality", "relationship"):
                return


_HAVE_BEEN = re.compile(
    rf"^{_ADV}have {_ADV}been {_ADV}(?=(?:an?|more|married|single|divorced|interested|into|passionate|afraid|allergic|vegan|vegetarian)\b)",
    re.I,
)
_AM_ADV = re.compile(rf"^{_ADV}am {_ADV.replace('still|', '').replace('now|', '')}", re.I)


def _ended(sentence: str, start: int, rest: str, subject: str) -> Iterator[Claim]:
    value = _cut(
        re.sub(
            r"^(?:eat|eating|eaten|drunk|worked|lived|played|studied|watched|smoked|owned|used|been|gone|had|practi[cs]ed|drink|drinking|like|love|enjoy|work|working|live|living|play|playing|have|own|go|going|going to|do|doing|am|a|an|being|be|study|studying|wear|use|at|in|for|as|my|the|to|with|into|smoke|smoking|hate|dislike|avoid|allergic to|afraid of|scared of)\s+(?=\w)(?:(?:at|in|for|as|to|a|an|the|my)\s+)*",
            "",
            rest,
            flags=re.I,
        )
    )
    if not value or _EMPTY.match(value) or value.lower() in ("off", "out", "on", "up", "by", "over"):
        return
    against = bool(
        re.match(
            r"(?:am )?(?:hate|dislike|avoid|allergic|afraid|scared|can't stand|have (?:an? )?(?:asthma|allerg|anxiety|depression|insomnia|migraine|phobia))",
            rest,
            re.I,
        )
    )
    yield _claim(sentence, start, "ended", value, subject=subject, polarity=-1 if against else 1, ends=True)
    eaten = re.match(r"(?:eat|eating|drink|drinking|smok\w*)\b", rest, re.I)
    if eaten:
        yield _claim(sentence, start, "dislikes", value, subject=subject, polarity=-1, strength=0.8)


def _values(sentence: str, start: int, predicate: Predicate, written: str, subject: str) -> Iterator[Claim]:
    value = _cut(written)
    parts = [value]
    pieces = [piece for piece in _SPLIT.split(value) if piece]
    deeds = len(pieces) > 2 and sum(bool(re.match(r"\w+ing\b", piece)) for piece in pieces) >= len(pieces) - 1
    stands = not _WHOLE_ONLY.search(value) and all(_ABLE_TO_STAND.match(piece) for piece in pieces)
    if predicate.split and len(pieces) > 1 and (deeds or stands) and _is_list(value, pieces):
        parts = pieces
    for part in parts:
        part = _TRIM.sub("", _DOING.sub("", _TRIM.sub("", part))).strip(" ,\"'“”‘’*")
        key = _key(predicate.key, part)
        if key == "job":
            part = re.sub(r"^(?:an?|the|being an?)\s+", "", part)
        if part and key == "health" and predicate.polarity < 0 and not _EMPTY.match(part):
            feared = _claim(sentence, start, key, part, subject=subject)
            yield replace(feared, value=f"fear of {part}")
        elif part and not _is_empty(key, part):
            yield _claim(
                sentence, start, key, part, subject=subject, polarity=predicate.polarity, strength=predicate.strength
            )


_OF_THE_DAY = re.compile(
    r"\b(?:today|tonight|this (?:morning|afternoon|evening)|you|soon)$|\byou\b|\btonight\b|\btoday\b", re.I
)
_OF_THE_WORLD = re.compile(
    r"the (?:(?-i:[A-Z])|colou?r|piano|guitar|outdoors?|sea|ocean|beach|mountains?|countryside|gym|theat(?:er|re)|cinema|rain|snow|sun|cold|heat|winter|summer|"
    r"autumn|fall|spring|city|water|woods|forest|opera|ballet|arts?|taste of|smell of|sound of|texture of)",
    re.I,
)


def _is_empty(key: str, value: str) -> bool:
    """Whether a value stands for nothing by itself: "it", or "the actors" of the film just spoken of."""
    if key == "age":
        return False
    if _EMPTY.match(value) or "\0" in value:
        return True
    if key == "plans" and re.search(r"\b(?:it|this|that|them)\b", value, re.I):
        return True
    if key in ("plans", "goals") and _OF_THE_DAY.search(value):
        return True
    return key in ("likes", "interests") and value.lower().startswith("the ") and not _OF_THE_WORLD.match(value)


def _is_list(value: str, pieces: Sequence[str]) -> bool:
    """Not "minimalist and monochromatic fashion" or "large, sprawling resorts", where adjectives share a noun."""
    if not _JOINED.search(value) or len(pieces[-1].split()) > 4:
        return False
    return (
        len(pieces) > 2 or len(pieces[0].split()) >= len(pieces[1].split()) or bool(re.search(r"(?:s|ing)$", pieces[0]))
    )


def _key(key: str, value: str) -> str:
    """A like that is something one does is an interest."""
    done = re.match(r"\w{2,}ing\b", value) and not _NOT_DONE.match(value) and len(value.split()) <= 4
    return "interests" if key == "likes" and done else key


_NOT_DONE = re.compile(
    r"(?:some|any|no|every)thing\b|(?:evening|morning|spring|string|king|ring|clothing|building|wedding|ceiling|setting|pudding|"
    r"earring|bedding|lighting|learning (?:through|by|from|at|in|with)|anything|being)",
    re.I,
)
_DOING = re.compile(
    r"^(?:wearing|using|eating|consuming|drinking|buying|purchasing|staying (?:in|at|on|near)|dining (?:in|at)|attending|booking|having|"
    r"being (?:in|near|around)|visiting|owning|going to|shopping (?:at|from|for)|engaging in|relying on)\s+(?=\w)",
    re.I,
)


def _claim(sentence: str, start: int, key: str, value: str, *, quote: str | None = None, **more: object) -> Claim:
    if quote is None:
        found = sentence.find(value, start)
        quote = sentence[start : found + len(value)] if found >= 0 else sentence[start:]
    return Claim(key, value, quote.strip().replace("\0", ""), **more)  # type: ignore[arg-type]


def _cut(value: str) -> str:
    return _TAIL.sub("", re.sub(r"\s*\([^)]*\)", "", value)).strip(" ,;:\"'“”*")


_I_AM_NAME = re.compile(
    r"(?:(?i:\b(?:hi|hello|hey|greetings|good (?:morning|evening|afternoon))\b)[^A-Za-z]*(?:there|again|everyone|all|AI|assistant|AI companion|companion)?[,.! ]*)"
    r"(?P<quote>(?:I['’]?m|I am|this is|it's|it’s|(?:you can |please |just )?call me|the name['’]s|the name is|name['’]s)\s+(?P<x>[A-Z][a-z]+(?:\s[A-Z][a-z]+){0,2}))(?=\s*(?:[,.!]|$|and\b|from\b|by the way|here\b))"
)
_CALL_ME = re.compile(
    r"(?P<quote>(?:(?:you can |please |just )+call|(?:everyone|people|friends|they all) (?:all )?calls?|(?:^|(?<=[.!,] ))[Cc]all) me\s+(?P<x>[A-Z][a-z]+))(?=\s*(?:[,.!]|$|and\b|for short|instead|from))"
)
_NO_NAME = frozenset(
    "Sorry Sure Okay Ok Yes No Not Here Fine Good Great Happy Sad Tired Back Just So Very Really Also Still Now Done Ready Glad".split()
)


def _names(sentence: str) -> Iterator[Claim]:
    for pattern in (_I_AM_NAME, _CALL_ME):
        match = pattern.search(sentence)
        if match and match["x"].split()[0] not in _NO_NAME and not _is_nationality(match["x"]):
            yield Claim("name", match["x"], match["quote"])
            return


def _is_nationality(word: str) -> bool:
    return bool(
        re.fullmatch(
            r"(?:American|British|English|Chinese|German|French|Italian|Spanish|Japanese|Korean|Indian|Irish|Muslim|Christian|Jewish|Buddhist|Hindu|Catholic|Canadian|Australian|Dutch|Russian|Mexican)",
            word,
        )
    )


_INSTEAD = re.compile(
    r"(?P<new>[\w'’-]+(?: [\w'’-]+){0,2}?),? (?:and )?not (?:in |at |a |an |the |from )?(?P<old>(?!only|just|me|sure|yet|really|so|very|too|that|to|a lot|much)[\w'’-]+(?: [\w'’-]+)?)\s*(?:[^\w\s'’-]|any ?more|$)"
)
_NOT_BUT = re.compile(
    r"\bnot (?:in |at |a |an |the |from )?(?P<old>[\w'’-]+(?: [\w'’-]+)?),? but (?:in |at |a |an |the |from )?(?P<new>[\w'’-]+(?: [\w'’-]+)?)"
)
_CORRECTS = re.compile(
    r"\b(?:actually|I meant|I mean|correction|typo|oops|sorry|wait|misspoke|I said|you (?:got|have) (?:it|that) wrong)\b|^\W*(?:no|nope)\b"
    r"|^\W*(?:it['’]?s|it is|I['’]?m|I am|I live|I work|my \w+ is)\b[^,]*,? (?:and )?not\b",
    re.I,
)
_NO_VALUE = re.compile(
    r"^(?:I|I['’]m|you|it|he|she|we|they|that|this|there|only|just|really|sure|so|very|here|now)\b|['’](?:m|re|s)$",
    re.I,
)
_NOT_ME = re.compile(rf"\b(?P<quote>[Mm]y {_WHO}\b[^,.]*?),? (?:and )?not (?:me|I|myself)\b", re.I)


def _corrections(sentence: str) -> Iterator[Claim]:
    """ "It is Porto, not Lisbon": what it corrects is found by its value. "My sister moved, not me" takes the fact from the user."""
    if (match := _NOT_ME.search(sentence)) and not re.search(r"\b(?:would|might|could|should|will)\b", match[0]):
        relation = match["relation"].lower()
        yield Claim("corrected", "", match["quote"], subject=_CANONICAL.get(relation, relation), instead_of="")
        return
    if not _CORRECTS.search(sentence):
        return
    for pattern in (_NOT_BUT, _INSTEAD):
        if match := pattern.search(sentence):
            new = re.sub(
                r"^(?:.*\b(?:is|in|at|it's|it’s|to|am|as|called|from|a|an|the|actually|no|for|with|on))\s+",
                "",
                match["new"],
                flags=re.I,
            )
            if new and not _NO_VALUE.search(new) and new.lower() != match["old"].lower():
                yield Claim("corrected", new, match[0].strip(" .!,"), instead_of=match["old"])
            return


_KILLS = re.compile(
    r"^\W*(?P<x>[\w' -]{2,40}?) (?:(?:could|can|would|will|might|nearly|almost) )?(?:kills?|killed|makes?|gives?) (?:me)(?P<how> (?:break out|sneeze|itch|swell|hives|a rash|nauseous|puke))?\b",
    re.I,
)
_FAVOURITE = re.compile(
    r"^\W*(?P<x>[\w' -]{2,60}?) (?:is|are|has (?:always )?been) (?:one of )?my (?:all-time |absolute )?(?:favou?rite|passion|hobby|thing)\b(?! (?:problem|issue))",
    re.I,
)
_NOT_FOR_ME = re.compile(
    r"^\W*(?P<x>[\w' -]{2,60}?) (?:(?:is|are) (?:just |really |definitely )?not (?:my (?:thing|cup of tea|style|taste)|for me)|(?:isn't|aren't|isn’t) (?:really )?(?:my (?:thing|cup of tea|style)|for me)|(?:makes?|make) me (?:nauseous|uncomfortable|anxious)|(?:disgusts?|bores?|annoys?|irritates?|scares?|bothers?|terrif(?:y|ies)) me)\b",
    re.I,
)


def _of_things(sentence: str) -> Iterator[Claim]:
    """Sentences in which the thing comes first: "Jazz is my favourite", "peanuts could kill me"."""
    for pattern, key, polarity in ((_FAVOURITE, "likes", 1), (_NOT_FOR_ME, "dislikes", -1), (_KILLS, "allergies", 1)):
        if match := pattern.match(sentence):
            value = re.sub(
                r"^(?:well|hi|oh|and|but|so|because|honestly|actually|also|eating|even|just|the|a|an)[, ]+",
                "",
                match["x"],
                flags=re.I,
            ).strip()
            if key == "allergies" and not match["how"] and "kill" not in match[0].lower():
                return
            if key == "allergies" and re.search(
                r"\b(?:it|this|that|he|she|they|you|work|boss|traffic|heat|weather|feet|back|suspense|waiting|life|school|kids?|commute|job)\b",
                value,
                re.I,
            ):
                return
            if value and not _EMPTY.match(value) and not re.match(r"(?:I|you|he|she|they|we)\b", value):
                yield Claim(_key(key, value), value, match[0].strip(), polarity=polarity, strength=0.7, confidence=0.8)
            return


_STYLE = re.compile(
    r"\b(?P<x>(?:(?:keep|make) (?:it|your (?:answers?|repl(?:y|ies)|responses?))|(?:answer|reply|respond|write|speak|talk)(?: to me)?|be)\s+(?:(?:always|more|very|as|a bit|much|really|to)\s+)*"
    r"(?:(?:(?:under|at most|no more than|max(?:imum)?) )?(?:one|two|three|four|five|ten|\d+|a few) (?:sentences?|words?|lines?|paragraphs?)(?: max(?:imum)?| at most| or less| tops)?|in (?:English|Chinese|Mandarin|Spanish|French|German|bullet points?|lists?|short sentences|plain (?:English|language)|prose)|short(?:er)?|brief(?:ly)?|concise(?:ly)?|simple|simply|formal(?:ly)?|informal(?:ly)?|casual(?:ly)?|detailed|long(?:er)?|direct|polite|to the point)"
    r"|(?:no|without|don['’]?t use|do not use|never use|stop using|please use|use) (?:any )?(?:more |fewer |less )?(?:emojis?|bullet points?|bullet lists?|lists?|jargon|markdown|tables?|headings?))\b",
    re.I,
)
_LASTING = re.compile(
    r"\b(?:always|from now on|in (?:the )?future|going forward|when(?:ever)? you (?:answer|reply|talk)|your (?:answers?|replies|responses?)|I (?:prefer|like|want|'d like)|with me|to me|please (?:keep|be|answer|reply|don['’]?t use|use|stop))\b",
    re.I,
)


def _style(sentence: str) -> list[Claim]:
    """A wish for how to be answered, if it is meant to last."""
    if not _LASTING.search(sentence):
        return []
    return [Claim("style", match["x"], match["x"], strength=0.8) for match in _STYLE.finditer(sentence)]
