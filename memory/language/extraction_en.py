"""Claims in an English sentence.

A sentence is taken apart at each "I …", "my …" and "and (verb) …" that begins a clause. What follows "I" is matched against
tables of predicates; "my sister loves …" is read as "I love …" of the sister. What a clause does not state outright
("if", "might", "they said") is not read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from memory.language.claims import USER, Claim, Predicate

_ADV = (
    r"(?:(?:always|also|just|still|quite|very|so|much|kind of|sort of|pretty|rather|now|both|often|long|first|even|already|somewhat|ever|"
    r"(?!only|hardly|barely|scarcely|rarely|nearly|possibly|early|family|daily|weekly|fly|reply|apply|rely|supply|belly|jelly|ally|lily|bully|supposedly|allegedly|apparently)"
    r"[a-z]{3,}ly)\s+)*"
)
_OBJ = r"(?P<x>.+)"
_A = r"(?:an?|the|my|some|this|one)\s+"

RELATIONS = (
    "mother mom mum mama father dad daddy papa parents sister brother sibling twin wife husband spouse partner fiance fiancee "
    "fiancé fiancée boyfriend girlfriend son daughter kid kids child children baby grandmother grandma granny grandfather grandpa "
    "grandparents grandson granddaughter aunt uncle cousin nephew niece stepmother stepfather stepson stepdaughter friend "
    "roommate flatmate housemate neighbor neighbour boss manager colleague coworker co-worker teammate teacher coach landlord "
    "mother-in-law father-in-law brother-in-law sister-in-law ex hubby hubs missus gran nan nana granddad grandad toddler bestie "
    "tenant student supervisor"
).split()
_CANONICAL = {
    "mom": "mother", "mum": "mother", "mama": "mother", "dad": "father", "daddy": "father", "papa": "father",
    "hubby": "husband", "hubs": "husband", "missus": "wife", "gran": "grandmother", "nan": "grandmother", "nana": "grandmother",
    "granddad": "grandfather", "grandad": "grandfather", "toddler": "child", "bestie": "friend",
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
_TRADE = (
    r"(?:[a-z]+(?:ologist|ician|smith|wright|tomist|pathist|keeper|maker|fighter|worker|monger|herd)|apprentice [a-z]+|(?:trainee|head|senior|junior|lead|staff|chief) [a-z]+|"
    r"trucker|roofer|plasterer|painter|decorator|joiner|builder|bricklayer|mason|adjuster|underwriter|buyer|planner|scaffolder|surveyor|warehouse operative|paralegal|phlebotomist|"
    r"pastor|priest|imam|rabbi|nun|monk|chaplain|referee|umpire|lifeguard|ranger|trapper|logger|rancher|brewer|vintner|sommelier|roaster|potter|weaver|seamstress|upholsterer|"
    r"cabbie|machinist|toolmaker|fitter|dispatcher|conductor|steward|stewardess|flight attendant|deckhand|marine|sergeant|lieutenant|detective|warden|bailiff|notary|clerk|typist|"
    r"proofreader|subtitler|columnist|reporter|cameraman|cinematographer|stuntman|stylist|model|makeup artist|nanny|au pair|childminder|carer|caregiver|orderly|doula|dietitian|nutritionist|"
    r"osteopath|chiropractor|masseuse|optometrist|orthodontist|hygienist|anesthetist|neurologist|paediatrician|pediatrician|gp|postdoc|phd student|grad student|undergrad|teaching assistant|principal|headteacher|"
    r"bus driver|truck driver|taxi driver|cab driver|delivery driver|forklift driver|train driver|project manager|store manager|office manager|account manager|sysadmin|devops engineer|dba|tester|qa engineer|ux designer|"
    r"game dev(?:eloper)?|web dev(?:eloper)?|avionics tech(?:nician)?|lab tech(?:nician)?|vet tech|car dealer|estate agent|travel agent|real estate agent|landscaper|arborist|beekeeper|fishmonger|undertaker|mortician|usher|bouncer|dj|"
    r"stay-at-home (?:mom|mum|dad|parent)|homemaker|widow(?:er)?)"
)
_DIETS = (
    r"vegan|vegetarian|pescatarian|flexitarian|fruitarian|carnivore|teetotal(?:l?er)?|lacto-vegetarian|halal|kosher"
)
_COUNTED = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_AGE = rf"(?:\d{{1,3}}|(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_COUNTED[:9])}))?|{'|'.join(_COUNTED[9:])})"
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
       r"scoliosis|endometriosis|pcos|an[a]?emia|gout|celiac|coeliac|lupus|multiple sclerosis|parkinson'?s|fibromyalgia|long covid|colitis|gerd|acid reflux|rosacea|vitiligo|glaucoma|"
       r"cataracts|astigmatism|narcolepsy|bipolar(?: disorder)?|osteoporosis|sciatica|plantar fasciitis|carpal tunnel|tendon[io]tis|a hernia|kidney stones|(?:hypo|hyper)thyroidism|hashimoto'?s|prediabetes|afib|"
       r"a pacemaker|hearing aids?|a stutter|a stammer|alopecia|chronic fatigue|dyscalculia|dyspraxia|tourette'?s|colou?r[- ]?blindness|bad (?:lungs|hips?|shoulders?|eyesight|neck)|a peanut allergy|back pain|knee (?:pain|issues|problems)|heart (?:disease|condition)|cancer|sleep apnea|ptsd|ocd|hay fever|bad (?:back|knee|knees)))\b(?! (?:about|that|over)\b)", strength=1),
    _p("health", r"am (?:afraid|scared|terrified|frightened|petrified) of " + _OBJ, -1, 0.9),
    _p("health", rf"have (?:{_A})?(?:[\w-]+ ){{0,2}}?(?:phobia|fear) of " + _OBJ, -1, 0.9),
    _p("health", r"(?:am|was born) (?P<x>(?:colou?r[- ]?)?blind|deaf|dyslexic|diabetic|prediabetic|asthmatic|autistic|pregnant|expecting|colou?rblind|hard of hearing|left-handed|celiac|coeliac|epileptic|an[a]?emic|bipolar|sober|an insomniac|in recovery|short-?sighted|near-?sighted|far-?sighted|hypermobile|immunocompromised|neurodivergent)\b(?! (?:minded|enough))"),
    _p("health", r"(?:use|am in) (?P<x>a wheelchair)\b"),
    _p("health", r"(?:wear|have|use) (?P<x>hearing aids|(?:an? )?(?:insulin pump|pacemaker|prosthetic \w+|cpap|walking stick|cane|stoma))\b"),
    _p("health", r"(?:had|have had) (?P<x>an? (?:heart attack|stroke|(?:hip|knee) replacement|transplant|c-section|concussion))\b"),
    # diet
    _p("diet", rf"(?:follow|adhere to|stick to|am on|maintain|keep to|keep|have|eat|am committed to|live on|am following|practice|observe|went on|started) (?:{_A})?(?P<x>(?:[\w-]+(?:,| and)? ){{0,5}}?(?:diet|lifestyle))\b", strength=0.9, split=False),
    _p("diet", rf"am (?:{_A})?(?:(?:strict|ethical|devout|lifelong|committed|proud|dedicated|practi[cs]ing|new)\s+)*(?P<x>{_DIETS})\b", strength=0.9),
    _p("diet", r"(?:went|have gone|have been|became|have become|turned|eat|only eat|keep|am|cook) (?:strictly |mostly |fully )?(?P<x>vegan|vegetarian|pescatarian|halal|kosher|plant-based|gluten-free|dairy-free|keto|paleo|raw)\b", strength=0.9),
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
    _p("likes", r"am (?:an? |more of an? |such an? |definitely an? )(?P<x>dog|cat|tea|coffee|beach|mountain|city|horse|plant|wine|beer|summer|winter|theat(?:er|re)|book)[- ]person\b", 1, 0.7),
    _p("likes", r"am (?:big|super|heavily|deep|deeply|hugely|majorly) into " + _OBJ, 1, 0.7),
    _p("likes", r"have (?:a )?(?:soft spot|thing|weakness) for " + _OBJ, 1, 0.7),
    _p("likes", r"(?:could|can) (?:happily )?live (?:on|off) " + _OBJ, 1, 0.8),
    _p("likes", r"(?:swear by|live for|geek out (?:over|about)|nerd out (?:over|about)|never get tired of|can never say no to|could (?:eat|watch|listen to|play) (?=.+ (?:forever|all day|every day|for the rest))) ?(?P<x>.+?)(?: forever| all day| every day| for the rest.*)?$", 1, 0.8),
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
    _p("age", rf"(?:am|(?:just )?turned|turn|am turning|will be|am about to turn) (?P<x>{_AGE})(?:[ -]?(?:years?[ -](?:old|young)|yo|y/o|yrs old))?(?=\s*(?:[,.!;)]|$|and\b|now\b|this\b|today\b|years?\b|in (?:a|two|\d)|next\b|tomorrow\b|soon\b|with\b|but\b|so\b))"),
    _p("relationship", r"(?:am|have been|got|just got) (?:happily |recently |newly |freshly |finally |a )?(?P<x>single|married|divorced|engaged|widow(?:ed|er)?|separated|newlywed)\b(?![- ](?:hand|mind|mum|mom|dad|in\b|from\b|with my (?:luggage|bag)))"),
    _p("gender", r"am (?:an? )?(?P<x>man|woman|male|female|non-?binary|trans (?:man|woman)|guy|girl)\b(?! (?:who|that|of|with)\b)"),
    _p("relationship", r"(?:(?:am )?getting|got) (?P<x>divorced|married)\b(?! (?:in|next|on|this)\b)"),
    _p("religion", r"am (?:an? )?(?:devout |practi[cs]ing |strict |lapsed )?(?:Greek |Russian |Roman |born[- ]again )?(?P<x>Muslim|Christian|Buddhist|Hindu|Jewish|Jew|Catholic|Protestant|Sikh|atheist|agnostic|Mormon|Quaker|Taoist|Orthodox|Methodist|Baptist|Lutheran|Anglican|Baha'i|Jain|pagan|Wiccan)\b"),
    _p("nationality", r"am (?:an? )?(?P<x>American|British|English|Scottish|Irish|Welsh|Canadian|Australian|German|French|Italian|Spanish|Portuguese|Dutch|Swedish|Norwegian|Danish|Finnish|Polish|Russian|Ukrainian|Turkish|Greek|Indian|Pakistani|Chinese|Japanese|Korean|Vietnamese|Thai|Mexican|Brazilian|Argentinian|Egyptian|Nigerian|Kenyan|South African|Swiss|Austrian|Belgian|Czech|Hungarian|Filipino|Indonesian|Malaysian|Singaporean|Taiwanese|Iranian|Iraqi|Lebanese|Syrian|Moroccan|Algerian|Tunisian|Ethiopian|Ghanaian|Colombian|Chilean|Peruvian|Venezuelan|Cuban|Croatian|Serbian|Bulgarian|Romanian|Slovak|Estonian|Latvian|Lithuanian|Icelandic|Israeli|Nepali|Bangladeshi|Sri Lankan|Kiwi)\b(?! (?:teacher|student|food|major))"),
    _p("nationality", r"(?:am|became|have become) (?:an? )?(?:naturali[sz]ed |dual )?(?P<x>(?-i:[A-Z])\w+(?: (?-i:[A-Z])\w+)?) citizen\b"),
    _p("nationality", r"am (?P<x>(?-i:[A-Z])\w+) by birth\b"),
    _p("nationality", r"(?:hold|have|travel on) (?:an? )?(?:dual )?(?P<x>(?-i:[A-Z])\w+(?:(?:[ -/]| and )(?-i:[A-Z])\w+)?) (?:passport|citizenship|nationality)\b"),
    _p("origin", r"(?:am (?:originally )?from|come (?:originally )?from|(?:was|am) (?:originally )?(?:born|raised|born and (?:raised|bred)) (?:in|on)|grew up (?:in|on)|hail from) (?P<x>(?-i:[A-Z])[\w'’-]*(?:,? (?-i:[A-Z])[\w'’-]*| (?:de|of|del|la|do|upon)){0,4}|(?:a|the) (?:small |little |tiny )?(?:town|village|city|farm|countryside|suburbs?)(?: (?:in|near|outside) [\w ]+)?)", split=False),
    _p("home", r"(?:live|am living|reside|am (?:currently )?(?:based|stationed|renting)|rent (?:a \w+|an? \w+ \w+)|have lived|have been living|settled|have settled|am located)(?: \w+ly)?(?: down)?(?: with (?:my )?[\w ]{2,25}?)? (?:in|at|near|on|outside|out of) (?P<x>(?!peace|fear|a society|a world|a simulation|a bubble|interesting times|harmony|constant|the moment|the past|hope|denial|the present)(?:an? |the |my )?[\w'’-].*)", split=False),
    _p("home", r"am (?:still|now|back) (?:living )?in (?P<x>(?-i:[A-Z])[\w'’-]+(?: (?-i:[A-Z])[\w'’-]+)*)", split=False),
    _p("home", r"(?:have |recently |just |have just |finally )*(?:moved|relocated|emigrated|immigrated)(?: back| out| house| over| here)? (?:from [\w ]+ )?to (?P<x>(?!(?:postgres\w*|mysql|sqlite|python|rust|linux|windows|mac\w*|vim|kubernetes|docker|aws|react|typescript|java\w*|go|azure|gcp|chrome|firefox|notion|obsidian|slack|github|gitlab)\b|the next|another|a new (?:topic|job|role|team)|option)(?:an? |the |my )?[\w'’-].*)", split=False),
    _p("home", r"(?:have |just |recently )*moved in with (?:my )?[\w ]{2,25}? in (?P<x>(?-i:[A-Z])[\w'’-]+(?: (?-i:[A-Z])[\w'’-]+)*)", split=False),
    _p("job", r"(?:work|am working|worked|am employed|started(?: working)?|got a job|have (?:worked|been working)|am training|moonlight|freelance) as (?:an? |the )?(?P<x>.+)", split=False),
    _p("job", rf"(?:am|have been|became|just became) (?:now |currently |actually )?(?P<x>(?:an? (?:[\w-]+ (?!in\b|to\b|of\b)){{0,3}}?)?{_TRADE})\b(?! (?:of|who is) mine|[- ](?:of|on)\b)", split=False),
    _p("job", r"(?:am|have been) (?P<x>(?:semi-)?retired|self-employed|unemployed|between jobs|out of work|on (?:maternity|paternity|parental) leave|freelance|freelancing)\b", split=False),
    _p("job", r"(?:run|own|manage|started|have started|opened|am running|have) (?P<x>(?:an?|my own|our|the family|a small|a little) (?:[\w-]+ ){0,3}?(?:bakery|café|cafe|coffee shop|restaurant|food truck|salon|barbershop|bookshop|bookstore|shop|store|garage|farm|vineyard|brewery|studio|clinic|practice|agency|startup|business|company|nursery|daycare|b&b|hotel|hostel|pub|bar|gym|etsy shop|catering business|kennel|workshop))\b", split=False),
    _p("job", rf"(?:am|have been|became|just became) (?P<x>(?:(?:an?|the) (?:[\w-]+ (?!in\b|to\b)){{0,3}}?)?{_JOBS})\b(?! (?:of|who is) mine)", split=False),
    _p("job", r"(?:do|work in|am in) (?P<x>payroll|accounting|marketing|sales|hr|human resources|it|finance|banking|insurance|healthcare|logistics|retail|construction|real estate|customer (?:service|support)|education|publishing|advertising|software|consulting|hospitality|manufacturing|research|law|tech)\b(?=\s*(?:[,.!;]|$|and\b|at\b|for\b|now\b|so\b))"),
    _p("job", r"(?P<x>(?:teach|coach|am teaching) (?!you|me|him|her|them|my)[\w' -]+?)(?= at\b| in\b| for\b| on\b| and\b| so\b| every| (?:mon|tues|wednes|thurs|fri|satur|sun)day|[,.!]|$)", split=False),
    _p("employer", r"(?:work|am working|am employed|have worked|started(?: working)?|have been working|got a job) (?:at|for|by) (?P<x>(?!\d|home|night|a living|the moment|free|myself|hours|(?:an?|my|the|this|our) (?:\w+ )?(?:company|firm|job|place|moment|boss|team|project|exam|test|solution|goal|deadline|hour|hours|while|week|month|year|day)\b)(?:an? |the )?.+)", split=False),
    _p("school", r"(?:study|am studying|go|am a student|am a (?:freshman|sophomore|junior|senior)|am enrolled|am doing (?:an?|my) \w+) (?:at|to) (?P<x>(?:the )?[\w .'-]*(?:university|college|school|institute|academy|mit|stanford|harvard|oxford|cambridge|yale|princeton|berkeley|ucla)\b[\w ]*)", split=False),
    _p("school", rf"am (?:an? |in my |in )?(?:(?:first|second|third|fourth|final|last|\d(?:st|nd|rd|th))[- ]years? (?:of )?|freshman|sophomore|junior|senior|undergrad|grad student|phd student|master'?s student|student|{_A})+(?:[\w&/. -]+? )?(?:student |major )?at (?P<x>(?-i:[A-Z])[\w.'’-]*(?: (?-i:[A-Z])[\w.'’-]*)*)", split=False),
    _p("school", r"(?:go to|attend|study at|am at|graduated from|am studying at|got into|am starting at) (?P<x>(?:the )?(?-i:[A-Z])[\w.'’-]*(?: (?:of|for|at|(?-i:[A-Z])[\w.'’-]*))*? ?(?:University|College|School|Institute|Academy|Uni|High|Tech|State)\b(?: of (?-i:[A-Z])\w+(?: (?-i:[A-Z])\w+)*)?)", split=False),
    _p("school", r"attend (?P<x>[\w .'-]*(?:university|college|school|institute|academy)\b[\w ]*)", split=False),
    _p("languages", rf"(?:speak|can speak|am fluent in|know|am learning|learn|study|am studying|have been studying|am a native speaker of|started learning|have been learning|am trying to learn|am taking|grew up speaking|have been picking up|am picking up|have been (?:brushing up|working) on|am brushing up on|understand|(?:am )?(?:doing|taking) (?:an? )?(?:\w+ )?(?:course|lessons|classes) in|teach myself|am teaching myself|have been teaching myself)(?: (?:a (?:little|bit of)|some|fluent|basic|good|native|okay|ok|rusty|decent|conversational|broken|halting|passable|my))* {_LANGUAGE}"),
    _p("languages", rf"only speak {_LANGUAGE}"),
    _p("languages", rf"am (?:a )?native {_LANGUAGE}(?: speaker)?"),
    _p("studies", r"am (?:an? |in my )?(?:(?:first|second|third|fourth|final|last|\d(?:st|nd|rd|th))[- ]years? (?:of )?)(?P<x>(?!student|of|at|in|university|college)[\w& -]+?)(?: student| major)?(?= at\b| in\b|[,.!]|$)", split=False),
    _p("studies", r"am (?:an? )?(?P<x>(?!phd|grad|graduate|master|college|university|high|exchange|new|mature|good|bad|poor|full|part|international|straight|current|former|third|second|first|final|fourth)[\w& -]{2,30}?) (?:student|major|undergrad|grad student|phd student)\b", split=False),
    _p("studies", r"(?:am (?:doing|finishing|writing|working on|getting|starting)|do|did|have|finished|started) (?:an?|my) (?:part-time |online |second )?(?:phd|doctorate|master'?s|masters|mba|degree|bachelor'?s|thesis|dissertation|apprenticeship|diploma)(?: degree)? (?:in|on) (?P<x>.+)", split=False),
    _p("studies", r"(?:am majoring|major|majored|am doing a (?:degree|phd|master'?s)|have a degree|did (?:a|my) (?:degree|phd|master'?s)|am getting (?:a|my) (?:degree|phd|master'?s)) in (?P<x>.+)", split=False),
    _p("studies", r"(?:study|am studying) (?P<x>(?!for|at|in|hard|abroad|with|how|the|this|a|an|to|from|late|every|alone)[\w ]+?)(?= at\b| in\b|[,.!]|$)", split=False),
    _p("people", r"am (?:an? )?(?:proud |single |new |stay-at-home |working )*(?:mom|mum|mother|dad|father|parent|grandma|grandmother|grandpa|grandfather) (?:of|to) (?P<x>(?:an?|one|two|three|four|five|six|twin|\d)(?: (?:boys?|girls?|kids?|children|toddlers?|teens?|teenagers?|twins?|daughters?|sons?|[\w-]+[- ]year[- ]olds?))*)"),
    _p("people", r"(?:have|am raising|share custody of|look after|foster) (?P<x>(?:an?|one|two|three|four|five|six|\d+|my|twin) (?:(?:little|small|grown|teenage|young|wild|tiny|step)\s+)*(?:boys?|girls?|kids?|toddlers?|teens?|teenagers?|twins?|babies|baby|newborns?|sons?|daughters?|[\w-]+[- ]year[- ]olds?)(?:,? (?:named|called) (?-i:[A-Z])\w+(?:(?:,| and) (?-i:[A-Z])\w+)*)?)\b"),
    _p("people", rf"have (?P<x>(?:an?|one|two|three|four|five|six|\d+|many|twin) (?:(?:older|elder|younger|little|big|twin|best|close|good|half|step|adopted|grown(?:-up)?|\d+-year-old|\w+-year-old|beautiful|lovely|wonderful)[ -])*(?:{'|'.join(RELATIONS)}|sisters|brothers|sons|daughters|friends|cousins|grandchildren|siblings|twins)(?:,? (?:named|called|who is called) (?-i:[A-Z])\w+(?:(?:,| and) (?-i:[A-Z])\w+)*)?)\b(?! (?:component|node|process|class|element|theme|account|table|key|window)s?\b)"),
    _p("pets", rf"(?:have|own|adopted|got|just got|just adopted|rescued|bought|am getting|keep) (?P<x>(?:an?|one|two|three|four|five|\d+|some) (?:[\w-]+ ){{0,3}}?(?:{'|'.join(PETS)}|guinea pig|hen|chicken|rooster|goat|donkey|sheep|duck|cow|pig|rat|mouse|chinchilla|hedgehog|axolotl|tarantula|bearded dragon|labrador|lab|collie|spaniel|terrier|greyhound|whippet|dachshund|pug|bulldog|rottweiler|doberman|shepherd|mutt|mix|rescue|retriever|poodle|husky|corgi|beagle|chihuahua|tabby|siamese)s?(?:,? (?:named|called) (?-i:[A-Z])\w+(?:(?:,| and) (?-i:[A-Z])\w+)*)?)\b"),
    _p("possessions", r"(?:own|drive|ride|bought|just bought|have bought|recently bought|purchased) (?P<x>(?:an?|my own|my first|two|three|our) (?:[\w-]+ ){0,3}?(?:car|house|home|apartment|flat|condo|bike|bicycle|motorcycle|motorbike|scooter|truck|van|boat|guitar|piano|violin|camera|laptop|computer|phone|telescope|drone|farm|cabin|restaurant|shop|bakery|cafe|company|business|tesla|toyota|honda|ford|bmw|volvo|subaru|collection|kindle|tent|garden|bookstore)\b(?: called \w+)?)", split=False),
    _p("possessions", r"(?:drive|ride|own|bought|just bought|have bought|recently bought|picked up|just picked up|just got|got myself|treated myself to|have) (?P<x>(?:an?|my) (?!(?:[\w-]+ )*(?:named|called|from|in|on|at)\b)(?:[\w-]+ ){0,2}?(?-i:[A-Z])[\w-]*(?: (?-i:[A-Z0-9])[\w-]*)*)(?=\s*(?:[,.!;]|$|with|and|that|which|for|from|yesterday|today|last|this|but))(?<!\bI)", split=False),
    _p("possessions", r"(?:drive|ride|own|bought|have) (?P<x>(?:an?|two|three) (?:[\w-]+ ){0,3}?(?:ev|hybrid|pickup|minivan|van|campervan|motorhome|rv|e-bike|ebike|moped|tractor|kayak|canoe|sailboat|narrowboat|allotment|greenhouse|hot tub|treadmill|air fryer|instant pot|sewing machine|3d printer|synth(?:esizer)?|record player|turntable|banjo|ukulele|cello|drum kit|ps5|xbox|switch|gaming pc|macbook|ipad|kiln|loom|smoker|espresso machine|bread machine))\b", split=False),
    _p("new_to", r"am (?:still |brand |pretty |quite |relatively )*(?:new to|an? (?:\w+ )?(?:beginner|novice|newbie|noob) (?:at|in|with|to|when it comes to)|a newcomer to) (?P<x>(?!this|that|it\b|here|the (?:app|site|chat)|town|the area)[\w' -]+)", split=False),
    _p("new_to", r"(?:know (?:nothing|next to nothing|very little)|have no (?:idea|clue|experience|background)) (?:about|of|in|with) (?P<x>(?!this|that|it\b|how|what|why|where|the (?:app|site|chat))[\w' -]+)", split=False),
    # what they do and want
    _p("interests", r"(?P<x>knit|crochet|quilt|sew|embroider|garden|paint|sketch|sculpt|surf|ski|snowboard|skateboard|climb|boulder|hike|fish|kayak|sail|scuba dive|birdwatch|blog|vlog|bake|brew|whittle|cycle|jog|fence|busk|do (?:improv|stand-?up|crossfit|woodworking|origami|archery|parkour|aikido|jiu[- ]jitsu|bjj|triathlons|crosswords|escape rooms|karaoke|ceramics|cosplay|geocaching|genealogy))\b(?=\s*(?:[,.!;]|$|a lot|every|most|and|in my|on (?:the )?(?:weekends?|side)|at weekends|for fun|competitively|to (?:relax|unwind)|as a hobby|now|when))"),
    _p("interests", r"(?P<x>(?:restore|build|paint|knit|sew|brew|bake|grow|breed|fix up|make|carve|forage|photograph|draw|write|record|produce|refurbish|sing in|dance|play|mod|collect|race|fly|shoot|train|keep) [^,.]*?) (?:on (?:the )?weekends|at (?:the )?weekends?|as a hobby|for fun|in my (?:spare|free) time|on the side|after work)\b", split=False),
    _p("interests", r"(?:have been|am)(?: (?:recently|lately|really))? (?:getting into|collecting|practi[cs]ing (?:playing |my )?|taking up|dabbling in|experimenting with|practi[cs]ing|playing|taking (?:up|lessons in|classes in)|learning(?: about| how)?(?: to)?|reading (?:a lot )?about|studying) (?P<x>(?!for\b|at\b|with\b|that\b|it\b|hard\b|lately\b|the (?!piano|guitar|violin|drums|cello|flute)|a lot|some|this|these|more|new)[\w'’-]+.*)"),
    _p("interests", r"(?:practi[cs]e|do|enjoy) (?P<x>(?:yoga|meditation|writing|photography|calligraphy|painting|dance|dancing|martial arts|singing)(?:,.*| and .*)?)"),
    _p("likes", r"(?:started|have started|have been|am) (?:watching|reading|playing|binge[- ]watching|rewatching) (?:an?|the|this)? ?(?:\w+ ){0,2}?(?:series|show|book|novel|game|anime|drama|film|podcast)(?:,| called| named) (?P<x>[\"“]?(?-i:[A-Z])[^,.!?]+)", split=False),
    _p("interests", r"(?:took|have taken|am taking) up (?P<x>(?!residence|space|the offer|too|so|a lot)[\w' -]+)"),
    _p("skills", r"can (?P<x>(?:weld|sew|knit|juggle|solder|ski|swim|surf|type|code|program|draw|sing|dance|drive (?:a |an )?(?:stick|manual|truck|bus|lorry|forklift)|play (?:the )?(?:piano|guitar|violin|drums|cello|flute|chess|bass|accordion|harmonica|banjo)|ride a (?:horse|motorbike|unicycle)|read music|read sheet music|bake bread|sign|touch[- ]type|fix (?:cars|bikes|computers))\b.*)"),
    _p("plans", rf"(?:have )?signed up for (?P<x>[^,.]*\b{_SOON})", split=False),
    _p("interests", r"(?:started|recently started|just started|took up|have taken up|have started|have gotten into|got into|fell in love with) (?:taking |doing |playing |practi[cs]ing |learning )?(?P<x>(?:an? )?(?:[\w-]+ )?(?:lessons|classes|piano|guitar|violin|drums|tennis|golf|yoga|pilates|running|cycling|swimming|bouldering|climbing|pottery|gardening|baking|knitting|crochet|painting|drawing|photography|birdwatching|woodworking|karate|judo|boxing|chess|surfing|skiing|hiking|journaling|meditation|calligraphy|ceramics|salsa|ballet|tango|archery|sailing|kayaking|dungeons and dragons|d&d))\b"),
    _p("goals", r"(?:am|have been) (?:saving(?: up)?|training|aiming|working towards?|gunning|shooting) (?:for|to|towards?) " + _OBJ, split=False),
    _p("goals", r"(?:am|have been) (?P<x>(?:saving(?: up)?(?: money)? for|training for|studying for|cramming for|working on my (?:\w+ )?(?:novel|book|thesis|dissertation|fitness|English|accent|handwriting|posture|cv|résumé|resume|portfolio|serve|backhand|pull-?ups|marathon)|writing (?:my|an?) (?:[\w-]+ )?(?:novel|book|memoir|thesis|dissertation|screenplay|album|cookbook)|working on (?:an?) (?:novel|book|memoir|album|short story|game|screenplay|painting|comic|podcast)|trying to (?:get|read \d+|hit|reach|cut (?:down|back)|give up|eat|drink less|sleep|wake up|conceive|get pregnant|go (?:vegan|vegetarian)|pay off|write|finish|beat|qualify|break|land|move|make it|grow))\b.*)", split=False),
    _p("goals", r"would (?:really |absolutely )?(?:love|like) to (?P<x>(?:make it|become|be (?:an?|able)|learn|own|open|start|write|get (?:into|better|my|a (?:job|promotion|degree|phd))|run|retire|work (?:at|for|as|in)|study|one day|someday)\b.*)", split=False),
    _p("goals", r"want to (?P<x>(?:get (?:an?|my|into|back into|rid of|in shape|fit)|work (?:at|for|as|in)|make it|pass|qualify|pay off|be able to|study|move|grow|record|launch|finish|complete|eat less|cut down|give up|read more|sleep|someday|one day|represent|draw)\b.*)", split=False),
    _p("plans", r"want to (?:go to|visit|travel to|see) (?:some [\w ]+? (?:like|such as) |places like )?(?P<x>(?-i:[A-Z])[\w'’-]+.*)"),
    _p("plans", r"(?:am |was )?(?:going to |will )?(?:now )?(?:prepar(?:e|ing)|getting ready|get ready|packing|gearing up|practi[cs](?:e|ing)|study(?:ing)?|training|train) for (?P<x>(?:an?|my|our|the) (?:[\w'’-]+ ){0,4}?(?:speech|trip|exams?|interviews?|wedding|marathon|move|presentation|competition|performance|race|concert|recital|audition|holiday|vacation|journey|test|match|finals|thesis defen[cs]e|driving test|trek|tournament|show|exhibition|baby|debate|deployment))\b", split=False),
    _p("plans", r"am (?P<x>expecting (?:an?|my|our) (?:baby|first|second|third|fourth|twins|little one|child|son|daughter|girl|boy)\b.*)", split=False),
    _p("plans", r"(?:have (?:just )?|just )?booked (?P<x>.+)", split=False),
    _p("plans", r"(?P<x>(?:fly|leave|move|start|graduate|travel|head|ship out|sit|defend|retire|get married|move in)\b[^,]*\b(?:next (?:week|month|year|spring|summer|autumn|fall|winter|\w+day)|tomorrow|on \w+day|in (?:a|two|three|\d+) (?:days?|weeks?|months?)|in (?:january|february|march|april|may|june|july|august|september|october|november|december))\b.*)", split=False),
    _p("interests", r"(?:play|have been playing|started playing|am learning(?: to play)?|learn(?:ed)? to play|practi[cs]e|do|took up|have taken up) (?P<x>(?:the )?(?:piano|guitar|violin|drums|cello|flute|saxophone|trumpet|ukulele|bass|harp|tennis|football|soccer|basketball|volleyball|badminton|golf|chess|hockey|baseball|cricket|rugby|table tennis|ping pong|video games|board games|yoga|pilates|karate|judo|tai chi|calligraphy|ballet|pottery|photography|knitting|boxing|squash|poker|mahjong))\b"),
    _p("interests", r"(?:am|have been|started|just started|began) (?:learning|to learn|teaching myself)(?: how)? (?:to )?(?P<x>(?!that|how|about|the|from|it|a lot|more|what|so|something|things)\w+.*)"),
    _p("interests", r"(?:go|went) (?P<x>(?!out|home|back|to|there|through|on|for|with|over|into|shopping for)\w+ing)\b(?= (?:every|each|twice|once|a lot|often|regularly|on (?:week|sat|sun|mon))|.*\bevery\b)"),
    _p("interests", r"(?:collect) (?P<x>(?!my|the|your|all|data|some)[\w ,]+)"),
    _p("interests", r"(?:spend|have been spending|am spending) (?:most of |a lot of |all |much of )?(?:my )?(?:free |spare )?(?:time|weekends|evenings) (?P<x>\w+ing\b.*)"),
    _p("skills", r"am (?:(?:very|really|pretty|quite|also) )*(?:good|great|skilled|experienced|proficient|talented|an expert) (?:at|in|with) (?P<x>.+)"),
    _p("personality", r"(?:would|['’]d) call myself (?:an? )?(?P<x>[\w-]+(?: [\w-]+)?)"),
    _p("personality", r"am (?:a bit of an? |an? |more of an? |quite |very |a bit |kind of |naturally |rather |a very |a pretty |pretty |a rather )*(?P<x>control freak|people[- ]pleaser|hopeless romantic|neat freak|worrier|overthinker|chatterbox|loner|team player|hypochondriac|hoarder|daydreamer|bookworm|foodie|gamer|introvert(?:ed)?|extrovert(?:ed)?|shy|outgoing|perfectionist|night owl|early bird|morning person|homebody|optimist|pessimist|procrastinator|workaholic|sensitive person|quiet person|people person|minimalist)\b"),
    _p("goals", r"(?:want|hope|aim|aspire|dream|would (?:love|like)|am (?:trying|working|determined|hoping|aiming|training|striving)|plan) (?:to|of) (?P<x>(?:find (?:an?|better|another|more|new) |change (?:my )?(?:jobs?|careers?)|switch (?:jobs?|careers?)|become|becoming|be (?:an?|fluent)|being an?|learn|learning|improve|improving|lose \w+|losing|quit|quitting|stop smoking|get (?:better|fit|into shape|healthier|a (?:degree|phd|promotion))|master|start (?:my|a|an) (?:own )?(?:business|company|family|restaurant|blog)|run a (?:half )?marathon|save|build|open (?:my|a)|write a (?:book|novel)|retire|own|publish|gain|eat (?:healthier|better|less)|publishing|opening|writing|starting|running)\b.*)", split=False),
    _p("plans", rf"(?:am (?:going|planning|hoping|preparing|about)|plan|intend|have decided|decided|will|am gonna) (?:to |on )?(?P<x>(?!be (?:honest|fine|happy|okay|ok)\b)\w+.*\b{_SOON}.*)", split=False),
    _p("plans", r"(?:am planning|plan|intend|have decided|decided|am preparing|am hoping) (?:to|on) (?P<x>(?:go|going|travel|travell?ing|visit|visiting|move|moving|take|taking|buy|buying|study|studying|attend|attending|marry|get married|start|starting|climb|hike|tour|spend|have|host|throw|open|apply|apply for|sign up)\b.*)", split=False),
    _p("plans", r"(?:am|will be) (?P<x>(?:moving|relocating|emigrating|flying|travell?ing) to (?-i:[A-Z]).*)", split=False),
    _p("plans", rf"(?:am|will be) (?P<x>(?:moving|flying|travell?ing|going|getting|visiting|starting|getting married|leaving|taking|graduating|running|having|hosting|attending|meeting)\b.*\b{_SOON}.*)", split=False),
    _p("plans", r"(?:am planning|plan|intend|have decided|decided) to (?P<x>(?!be\b|ask|tell|talk|use|follow|continue|think|rest|sleep|just|say|reply|write (?:you|this|an email|a letter|to)|let|keep|(?:do|try|use|take|read|watch|check|buy|make|give) (?:it|that|this|them|your|these|those)\b)\w+ .+)", split=False),
    _p("plans", r"(?:want|hope|wish|would (?:love|like)) to (?P<x>(?:visit|travel|experience|explore|go (?:on|to|for|back to)|see|attend|tour|try (?:some|local|new|more)|stay in|take (?:up|a trip|part)|participate in|join (?:an?|the)) (?!you|it\b|this|that|if|how|what|whether|your|the (?:code|result|difference|answer))[^?]+)", split=False),
    _p("goals", r"(?:am|have been) (?P<x>(?:looking for|job[- ]hunting|searching for|hunting for|applying for) (?:an?|another|new|jobs|work)(?: \w+)? ?(?:job|work|position|jobs|role|apartment|flat|house|place to live|internship|partner)s?\b)", split=False),
    _p("plans", r"would (?:also |really |absolutely )*(?:love|like) to (?P<x>(?:attend|visit|travel|move to|hike|climb|tour|backpack|go to (?-i:[A-Z]))\b.*)", split=False),
    _p("plans", rf"have (?P<x>(?:an?|my) (?:[\w-]+ )?(?:exam|interview|trip|appointment|wedding|flight|surgery|operation|presentation|deadline|concert|date|holiday|vacation|conference|meeting|party|recital|match|race|test)\b.*\b(?:{_SOON}|on the \d+).*)", split=False),
    _p("plans", r"(?:am|have been) (?:considering|thinking (?:about|of)|looking (?:into|for)) (?P<x>(?:changing|switching|quitting|leaving|moving|getting (?:an?|another)|buying (?:an?|another)|adopting|going back to|starting|retiring|a new job|new jobs)\b.*)", split=False),
    _p("studies", r"(?:signed up|registered|enrolled|have signed up|have enrolled)(?: for| in) (?P<x>(?:an? )?[\w' -]*?(?:class(?:es)?|course|lessons?|program(?:me)?|workshop|degree|bootcamp))\b", split=False),
    _p("skills", r"(?:have )?(?:just )?(?:learn(?:ed|t)|mastered) (?:how )?to (?P<x>(?!love|live|deal|accept|appreciate|be|not|let|trust)\w+.*)"),
    _p("schedule", rf"(?P<x>(?:go to|go|do|have(?! been| had)|attend|take|work|wake up|get up|run|swim|practi[cs]e|train|meditate|walk|exercise|play|read|visit|call|volunteer)\b[^,]*?\b(?:every|each) (?:single |other )?(?:morning|evening|night|day|week|weekend|month|weekday|{_WEEKDAYS}))", split=False),
    _p("schedule", rf"(?P<x>(?:go to|do|have(?! been| had)|attend|take|work|train|practi[cs]e|play|volunteer)\b[^,]*?\bon {_WEEKDAYS}s(?: and {_WEEKDAYS}s)?)", split=False),
    _p("schedule", r"(?P<x>(?!(?:am|was|were|would|could|might|may|have been|had|want|need|think|feel|know|saw|went|did|got|took|ate|slept|ran|woke|hope|wish|will|love|like|enjoy|hate|prefer|learn)\b|\w+ed\b|\w+n['’]t\b|never\b|not\b|(?:run|get|see) (?:the|this|an?|my|py)?\s?(?:\w+ )?(?:script|tests?|error|build|job|pytest|code|pipeline))\w+\b[^,;]*?\b(?:(?:once|twice|\w+ (?:times|days|nights|evenings|mornings|hours)) (?:an?|every|each|per) (?:day|week|month|weekday)|most (?:mornings|evenings|days|nights|weekends)|every (?:single |other |second )?(?:morning|evening|night|day|week|weekend|weekday|month|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?|(?:mon|tues|wednes|thurs|fri|satur|sun)days(?: and (?:mon|tues|wednes|thurs|fri|satur|sun)days)?)\b(?: (?:at|before|after) \w+(?:[: ]\w+)?)?)", split=False),
    _p("schedule", r"spend (?P<x>(?:at least |about |around )?(?:half an hour|an hour|\w+ (?:hours?|minutes)) (?:every|each|a|per) (?:day|morning|evening|night|week) .*)", split=False),
    _p("schedule", r"(?P<x>(?:work (?:the )?(?:night|day|early|late) shifts?|(?:wake|get) up at \d[\w: .]*|go to bed at \d[\w: .]*|work from home(?: on \w+| every \w+)?|work nights))\b", split=False),
)  # fmt: skip

_ENDS = (
    re.compile(_ADV + r"(?:haven['’]t|have not|didn['’]t|have never) (?P<rest>(?:work|liv|stud|play|eat|ate|drunk|drink|smok|go|been|watch|us|own|had|practi[cs])\w*.+?) (?:since|in (?:years|ages|months|over|a (?:year|decade|long))|for (?:years|ages|months|over|a (?:year|decade|long)))\b", re.I),
    re.compile(_ADV + r"fell off the (?P<rest>\w+) wagon", re.I),
    re.compile(_ADV + rf"am not (?:an? |actually |really |even |in fact )*(?P<rest>(?:{_DIETS})\b|married\b|single\b|religious\b|diabetic\b|pregnant\b|(?:\w+ly )?(?:allergic|intolerant) to .+)", re.I),
    re.compile(_ADV + r"(?:have |just |recently |finally |already )*(?:outgrown|outgrew|grown out of|grew out of|kicked|went off|moved on from) (?P<rest>.+)", re.I),
    re.compile(_ADV + r"(?:no longer|don't|do not|don’t|am not|never) (?P<rest>.+?)(?:,? (?:any ?more|any longer))\b", re.I),
    re.compile(_ADV + r"(?:am )?no longer (?P<rest>.+)", re.I),
    re.compile(_ADV + r"(?:have |just |recently |finally |already )*(?:quit|stopped|gave up|given up|dropped|got rid of|sold|am done with|cut out|went off|gone off) (?P<rest>.+)", re.I),
)  # fmt: skip

_SUPPOSES = re.compile(
    r"\b(?:if(?! possible| I can help it)|unless|suppose|supposing|imagine|pretend|wish(?:ed)?|were I|hypothetical(?:ly)?|what if|say I|as though|"
    r"had (?:I|a)\b(?! (?:heart attack|stroke|c-section|baby|concussion))|were to|in (?:my|a) dreams?|do you think)\b",
    re.I,
)
"""What a sentence with one of these says is only supposed, to its end."""
_HEDGED = re.compile(
    r"\b(?:might|maybe|perhaps|probably|possibly|would (?:be|have|hate|never|avoid)|wouldn['’]t|could have|should have|used to|when I was|back when|"
    r"in (?:the|this) (?:picture|photo|image|video|drawing)|not sure|not certain|wonder(?:ing)?|don['’]t know)\b",
    re.I,
)
"""What a clause with one of these says is not sure, or is over."""
_PART = re.compile(
    r"(?:^|[,;:—–]|\s-\s|\b(?:but|because|so|though|although)\b|\band(?=\s+(?:I|my|we)\b)).+?(?=[,;:—–]|\s-\s|\b(?:but|because|so|though|although)\b|\band\s+(?:I|my|we)\b|$)",
    re.S,
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
    r"(?:(?i:well|hi|hello|hey|yes|yeah|no|nope|ok|okay|oh|actually|honestly|personally|sorry|by the way|btw|in fact|fyi|just so you know|for the record|also|and|but|so|because|"
    r"to be honest|these days|nowadays|lately|currently|generally|overall|in general|at home|for me|as you know|"
    r"sometimes|usually|recently|today|actually no|wait)\b[,:!.\s]*)*"
    r"(?P<subject>I(?:['’](?:m|ve|d|ll|re))?\b|(?P<we>[Ww]e(?:['’](?:re|ve|ll))?)\s+(?=\w)|(?P<my>[Mm]y|[Oo]ur|[Tt]he(?= (?:wife|husband|hubby|missus|kids|boyfriend|girlfriend)\b))\s+(?=\w)|(?P<kin>)(?=(?:[Mm]um|[Mm]om|[Dd]ad|[Gg]randma|[Gg]randpa|[Gg]ranny|Nana|Gran|[Hh]ubby)\b(?:['’]s\b(?! \w+(?:day)?\b(?= is))| (?:is|has|loves|hates|likes|never|always|still|works|lives|drives|teaches|can't|cannot|doesn't|just)\b))|(?:the |my )?name(?:['’]s| is)\s)",
)
_ITEM = (
    rf"(?:{_AGE}(?: (?:years? old|yo|y/o))?(?=\s*(?:[,.!]|$))|(?:originally )?from (?=(?-i:[A-Z]))|{_DIETS}|(?:happily |recently )?(?:single|married|divorced|retired|widowed)\b|(?:big |really |super )?into |(?:currently |now )?(?:based|living|working|studying) (?:in|as|at)\b|"
    rf"(?:completely |totally |absolutely )?obsessed with|allergic to|fluent in|(?:now |currently )?(?:an? )?(?:[\w-]+ ){{0,2}}?(?:{_JOBS}|{_TRADE})\b(?=\s*(?:[,.!]|$|at\b|for\b|here\b|in\b|by\b)))"
)
"""What goes on about who somebody is, without a verb: ", 22, from Nagpur, into chess"."""
_OWNED = r"(?:(?!an? (?:little|bit|lot|few|couple|good|great|huge|big|total|real|fan|time)\b)(?:an?|one|two|three|four|\d) (?=[\w-]+(?: [\w-]+){0,4}?(?:\s*[,.!]|$| (?:named|called|and)\b)))"
_GO_ON = re.compile(
    rf"(?:,\s*(?:and\s+|but\s+)?|\s+(?:and|but)\s+)(?={_ITEM})|(?<=\w)(?:,\s*(?:and\s+)?|\s+and\s+)(?={_OWNED})"
    r"|(?:,\s*(?:and|but|so|or)?|;|\band|\bbut)\s+(?:(?:I|so I|thus|therefore|instead|will|would)\s+)?(?="
    + _ADV
    + rf"(?:{_DISLIKE}s?|{_LIKE}s?|has|is|lives|works|plays|speaks|studies|doesn't|doesn’t|only {_USE}|exclusively {_USE}|can't|cannot|can’t|don't|do not|don’t|never|won't|will not|find|have|am|live|work|tend to|try to|stay away|refuse to|collect|play|speak|follow)\b)",
    re.I,
)
_TAIL = re.compile(
    r"""\s*(?:[,;:]?\s+(?:because|since|as\s+(?:I|it|they|that|we|my|this|he|she|these|those|there|you|such)\b|due\s+to|so\s+(?:that\b|I\b|please)|which|but|while|
      although|though|whereas|as\s+well\b|after\s+(?:all|I)|whenever|these\s+days|nowadays|lately|at\s+the\s+moment|right\s+now|recently|this\s+year|any\s?more|too\s+much|
      very\s+much|a\s+lot(?!\s+of)|so\s+much|at\s+all|entirely|completely|whatsoever|in\s+general|myself|personally|in\s+any\s+form|now\s+and\s+(?:then|again)|from\s+time\s+to\s+time|once\s+in\s+a\s+while|sometimes|the\s+most|more\s+and\s+more|again|
      by\s+the\s+way|btw|haha|lol|under\s+any\s+circumstances|for\s+(?:ethical|religious|personal|health|medical|privacy|environmental|safety|moral)\b|
      (?:more|rather|better)\s+than|over\s+(?:any|the\s+other)|to\s+be\s+honest|and\s+so\s+on|etc|
      (?:and|or)\s+(?:I|my|we|he|she|it|they|so|then|am|have|prefer|avoid|only|dislike|would|will|do\s+not|don't|find|much|strongly|tend|cannot|can't|need|
        want|always|usually|never|also|am|love|like|enjoy|hate|must|opt|instead|choose|look|stick|thus|therefore|actively|consider|value)\b)
      |[.!?]|\s[-—–]\s|,\s+(?:today|yesterday|tonight|tomorrow|I|my|we|so|and\s+(?:I|my|prefer|avoid|only|am|find|would|do|don't)|especially|including|such\s+as|like|even|please|preferring|avoiding|
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
    r"more|most|too|very|now|here|there|then|again|a|an|the|some|any|all|being|having|how|not|no|yes|going|doing|getting|talking|chatting|yours|mine|hers|theirs)|\d+|(?:me|us)\b.*|(?:right now|until|tonight|today|anymore|before|after|at the moment)\b.*|option \w+|bad code|bullshit|nonsense|drama|stupidity)$",
    re.I,
)
_SPLIT = re.compile(r"\s*,\s*(?:(?:and|or|as well as)\s+)?|\s+(?:and|or|as well as)\s+|\s*/\s*")
_JOINED = re.compile(r"\b(?:and|or|as well as)\b|/")
_WHOLE_ONLY = re.compile(
    r"\b(?:that|with|which|of|for|than|without|in|on|at|from|like|where|who|to|containing|over|made|between|involving|by)\b",
    re.I,
)
_ABLE_TO_STAND = re.compile(r"^[\w'’-]+(?:\s+[\w'’-]+){0,3}$")


def people_in(text: str) -> set[str]:
    """The relations a text names."""
    found = {match["relation"].lower() for match in re.finditer(rf"\b{_WHO}\b", text, re.I)}
    return {_CANONICAL.get(relation, relation) for relation in found}


def person_in(sentence: str) -> str | None:
    """Whom "she" or "he" means in the next sentence: the one person of the user's that this one speaks of."""
    found = {match["relation"].lower() for match in re.finditer(rf"\b(?:my|our)\s+{_WHO}\b", sentence, re.I)}
    return _CANONICAL.get(only := found.pop(), only) if len(found) == 1 else None


def claims(sentence: str, person: str | None = None) -> Sequence[Claim]:
    """`person` is who was spoken of in the sentence before, if that was one."""
    sentence = _spelled(sentence)
    told = stated(sentence)
    if not told:
        return _style(sentence)
    about = list(_of_person(told, person)) if person else []
    return [
        *_corrections(told), *_of_things(told), *_listed(told), *_spoken(told), *_of_habits(told), *_names(told), *about, *_style(told),
    ]  # fmt: skip


_SPELLING = (
    (re.compile(r"\b[Ii]m\b"), "I'm"),
    (re.compile(r"\b[Ii]ve\b"), "I've"),
    (re.compile(r"\bi(?=['’](?:m|ve|d|ll)\b|\s|,)(?!\.)"), "I"),
    (re.compile(r"\b(do|does|ca|is|wo|did|are|would|should|have)nt\b", re.I), r"\1n't"),
    (re.compile(r"\b(thats|shes|hes|its)(?= (?:a|an|the|my|not|so|just)\b)", re.I), lambda match: f"{match[0][:-1]}'s"),
)


def _spelled(sentence: str) -> str:
    """As it is spelled in books: "im" is "I'm"."""
    for pattern, written in _SPELLING:
        sentence = pattern.sub(written, sentence)
    return sentence


def stated(sentence: str) -> str:
    """What of a sentence is said outright: not what it asks, nor what it only supposes."""
    told = sentence
    if sentence.rstrip(" \"'”’)").endswith(("?", "？")):
        asked = _ASKS_AT_LAST.search(sentence)
        told = sentence[: asked.start()] if asked else ""
    told = _IF_YOU.sub("", _EVEN_IF.sub("", told))
    if _ASKS.match(told) or _SUPPOSES.search(told):
        return ""
    return _PART.sub(lambda part: "," + " " * (len(part[0]) - 1) if _HEDGED.search(part[0]) else part[0], told)


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


_SHARED = ("plans", "home", "pets", "possessions", "people", "schedule", "languages", "diet")
"""What "we" says holds for the user too."""
_WITHOUT_I = re.compile(
    r"^(?P<lead>(?:(?:well|yeah|yes|no|oh|hi|hey|also|honestly|actually|so|ok|okay)[,!. ]+)*)"
    r"(?P<verb>haven['’]t|don['’]t|can['’]t|cannot|never (?=\w+ed\b|been|had|understood|got)|hate|love|loving|really|live|living|work at|work for|work as|working (?:at|as|for)|just moved|moved to|"
    r"(?P<am>allergic|pescatarian|(?:getting|having|going|flying|starting|leaving|taking|visiting|hosting|running)\b(?=.*\b(?:next (?:week|month|year|\w+day)|tomorrow|this weekend|on \w+day|in (?:january|february|march|april|may|june|july|august|september|october|november|december)))|not (?:a|an|into|really|much|keen|fond|interested|married|religious)|born|originally from|from (?=[A-Z])|raised in|vegan|vegetarian|divorced|widowed|separated|engaged|married|retired|semi-retired|pregnant|sober|coeliac|celiac|diabetic|"
    r"lactose|self-employed|unemployed|(?:currently |still )?(?:between jobs|living|working|studying|training|learning|teaching|coaching|volunteering|saving|recovering|based (?=in )|stationed|obsessed|doing (?:a|my)|writing (?:a|my)|trying to|aiming|hoping to|planning)|"
    r"(?:a )?(?:big|huge|massive|lifelong|avid|proud) (?:fan|lover|reader)|big into|single(?= (?:dad|mom|mum|mother|father|parent|and|for)\b|,)|(?:first|second|third|fourth|final|\d(?:st|nd|rd|th))[- ]year (?=[a-z])|(?:bad|good|terrible|great) (?:at|with)|"
    r"scared of|afraid of|terrified of|moving to|getting married|flying to|expecting (?=our|my|a|twins)|turning \d|fluent in|hooked on|addicted to)\b|grew up|"
    r"former|used to|turned (?=\d)|just (?:got|bought|started|turned|adopted)|been|recently (?:got|bought|started|moved)|finally (?:quit|stopped|bought|got)|quit|gave up|got (?:a|an|two|three|my)|have (?:a|an|two|three))\b",
    re.I,
)
_ANNOUNCED = re.compile(
    rf"^(?:(?:hi|hey|hello|so|well|ok)[,!. ]+)*(?:(?:an? |your )?(?P<job>(?:[\w-]+ ){{0,2}}?(?:{_JOBS}|{_TRADE}))(?: by (?:trade|day|profession))? here(?=\s*(?:[,.!;:–—-]|$|with\b|and\b))|(?P<age>{_AGE})(?:[ -]years?(?:[ -](?:old|young))?| ?yo| y/o)?(?:\s*,(?=.*\b(?:I|I['’]m|my|me)\b)| and (?=i\b|just)| ?[mf]\b)|(?:as|being) (?P<as>an? [^,]{{3,40}}?)(?:,| (?=I\b|I'm)))",
    re.I,
)
"""Who speaks, before what they say: "Nurse here,", "43, and …", "As a vegetarian, …"."""


_SOMEBODY_ELSE = re.compile(r",\s+(?:the|an?|this|that|he|she|it|they|his|her|its|[A-Z][a-z]+)\s+\w+")
_MENTIONS_ME = re.compile(r"\b(?:I|my|me|we|our)\b")
_STANDS_ALONE = re.compile(
    r"\s*(?:[,.!;:()–—-]|$|(?:and|for|from|with|since|now|but|going|at|in|to|by|last|this|so|here|one|two|three|four|five|six|seven|eight|nine|ten|dad|mom|mum|father|mother|parent)\b|\d)",
    re.I,
)
"""What can follow a word about oneself that has no subject; "married couples" is about others."""
_IS_SUBJECT = re.compile(
    r"\b(?:is|are|was|were|takes?|requires?|needs?|can|costs?|helps?|makes?|means|will|would|has|gets?|feels?|seems?|should|differs?|often|usually|laws|to bother|to ask)\b",
    re.I,
)


def _with_subject(sentence: str) -> str:
    """ "Hate mushrooms." as "I hate mushrooms."."""
    if match := _ANNOUNCED.match(sentence):
        told = match["job"] or match["age"] or match["as"]
        rest = sentence[match.end() :].lstrip(" ,")
        article = "" if match["age"] or match["as"] else "a "
        return f"I am {article}{told}, {rest}"
    match = _WITHOUT_I.match(sentence)
    if not match or (_SOMEBODY_ELSE.search(sentence, match.end()) and not _MENTIONS_ME.search(sentence)):
        return sentence
    if (
        match["am"]
        and not _STANDS_ALONE.match(sentence, match.end())
        and not match["am"].endswith((" ", "ing", "to", "of", "at", "with", "in", "for"))
    ):
        return sentence
    if _IS_SUBJECT.search(re.split(r"[,;:]", sentence[match.end() :])[0]) and not _MENTIONS_ME.search(sentence):
        return sentence  # "Living in London is expensive"
    verb = match["verb"].lower()
    am = (
        "am "
        if match["am"] or verb in ("loving", "living") or verb.startswith("working")
        else "have "
        if verb == "been"
        else ""
    )
    return f"{match['lead']}I {am}{sentence[match.start('verb') :][0].lower()}{sentence[match.start('verb') + 1 :]}"


_LISTED = re.compile(
    rf"^\W*(?P<x>(?:male|female|non-?binary|{_AGE}|{_DIETS}|hypothyroid|diabetic|asthmatic|coeliac|celiac|(?:happily |recently )?(?:married|divorced|widowed|single)(?: to (?-i:[A-Z])\w+)?|"
    rf"(?-i:[A-Z])[a-z]+ (?:passport|citizen|by birth)|(?:living|based|working|studying) (?:in|at|as) .+|fluent in .+|(?:one|two|three|four|five|six|\d+|an?) (?:[\w-]+ ){{0,2}}?(?:{'|'.join(PETS)}|tortoise|kids?|children|teenagers?|boys?|girls?|daughters?|sons?|toddlers?|twins|brothers?|sisters?)s?\b.*|"
    rf"(?:drive|play|hate|love|speak|lift|collect) .+))\W*$",
    re.I,
)
"""What stands alone in a list about oneself."""


_CASE = re.compile(r"\b(?:patients?|presents|differential|diagnos\w*|case study|complains)\b", re.I)


def _listed(sentence: str) -> Iterator[Claim]:
    """A list about oneself without any subject: "Background: female, 41, two teenagers at home, hate cooking"."""
    whole = re.sub(r"^(?:[\w' ,-]{1,60}:|ok so:?|so,?)\s+", "", sentence)
    items = [item for item in re.split(r",\s*|\s\+\s|;\s*", whole) if item.strip()]
    told = [item for item in items if _LISTED.match(item)]
    if len(told) < 2 or _CASE.search(sentence) or not _LISTED.match(items[0]) or 2 * len(told) < len(items):
        return
    for item in told:
        said = item.strip(" .!")
        verb = re.match(r"(?:drive|play|hate|love|speak|lift|collect)\b", said, re.I)
        owned = re.match(r"(?:an?|one|two|three|four|five|six|\d+) [a-z]", said, re.I)
        be = "" if verb else "have " if owned or "passport" in said else "am "
        yield from _told(sentence, max(sentence.find(said), 0), f"{be}{said}", USER)


def _clauses(sentence: str) -> Iterator[Claim]:
    for match in _CLAUSE.finditer(sentence):
        before = sentence[: match.start("subject")]
        if (
            _REPORTED.search(before)
            or _LABEL.search(before)
            or (match["lead"].strip() == "that" and not re.search(r"\b(?:fact|mean|mind|admit|say) that\s*$", before))
        ):
            continue
        if match["my"] or match["kin"] is not None:
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


_BRANDS = (
    "Kia|Toyota|Honda|Ford|BMW|Audi|Volvo|Subaru|Tesla|Mazda|Nissan|Hyundai|Skoda|Renault|Peugeot|Fiat|Jeep|Volkswagen|VW|Mercedes|Porsche|Vespa|Ducati|Harley|Yamaha|Kawasaki|"
    "MacBook|iPhone|iPad|iMac|Kindle|Kobo|Fitbit|Garmin|Apple Watch|Roomba|PlayStation|PS5|Xbox|Nintendo Switch|Switch|Steam Deck|ThinkPad|Chromebook|Pixel|Dyson|Nikon|Canon|Fuji(?:film)?|Leica|Fender|Gibson|Stratocaster|Telecaster|"
    "Peloton|Instant Pot|KitchenAid|Raspberry Pi|Rolex|Casio|Brompton"
)
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
        ("goals", r"(?:main |biggest |long-term |new year'?s )?(?:goal|dream|aim|ambition|resolution)(?: for \w+ \w+)?(?: right now| this year)?(?: is| has always been|['’]s)(?: to| of)? (?P<x>.+)"),
        ("birthday", r"birthday (?:falls on|is on|lands on) (?P<x>[\w ,]+?)(?= so| and| but|[,.!]|$)"),
        ("health", r"(?P<x>(?:knees?|back|hips?|shoulders?|neck|eyes|eyesight|hearing|stomach|heart|lungs|joints|blood pressure|blood sugar|cholesterol) (?:is|are|gets?) (?:\w+ )?(?:bad|shot|dodgy|terrible|weak|awful|messed up|failing|going|high|low|not (?:great|good)))\b"),
        ("health", r"(?P<x>(?:asthma|adhd|ocd|ptsd|anxiety|depression|diabetes|epilepsy|arthritis|eczema|psoriasis|migraines?|tinnitus|ibs|crohn'?s|celiac|coeliac|gout|insomnia|dyslexia|endometriosis|pcos|lupus|sciatica|vertigo|hay fever|sleep apn(?:o)?ea|high blood pressure)\b)"),
        ("home", r"(?:place|flat|apartment|house|studio|condo) is (?:an? |the )?(?:[\w-]+ ){0,4}?in (?P<x>(?-i:[A-Z])[\w'’-]+(?:,? (?-i:[A-Z])[\w'’-]+)*)"),
        ("school", r"(?:high |secondary |middle )?(?:school|university|college|uni) (?:is |\()(?P<x>(?-i:[A-Z])[\w.'’-]*(?: (?:of |(?-i:[A-Z]))[\w.'’-]*)*)"),
        ("diet", r"diet is (?P<x>.+)"),
        ("possessions", rf"(?:trusty |new |old |beloved |little |\d+-year-old )*(?P<x>(?:{_BRANDS})\b(?: (?-i:[A-Z0-9])[\w-]*)*|(?-i:[A-Z])[\w-]+ (?=[\w-]*\d)(?-i:[A-Z0-9])[\w-]*(?: (?-i:[A-Z0-9])[\w-]*)*)"),
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


_IS_ITEM, _IS_OWNED = re.compile(_ITEM, re.I), re.compile(_OWNED, re.I)


def _told(sentence: str, start: int, phrase: str, subject: str) -> Iterator[Claim]:
    """What a verb phrase says of a subject, and the ones joined to it by "and"."""
    if subject != USER:
        phrase = _ANOTHER.sub("", phrase)
    parts = [phrase]
    for match in _GO_ON.finditer(phrase):
        parts = [*parts[:-1], parts[-1][: match.start() - len(phrase) + len(parts[-1])], phrase[match.end() :]]
    for number, part in enumerate(parts):
        said = part if subject == USER or number == 0 else _first_person(part)
        if number and _IS_ITEM.match(said):
            said = f"am {said}"
        elif _IS_OWNED.match(said):
            said = f"have {said}"
        yield from _predicated(sentence, start, said.strip(), subject)


def _predicated(sentence: str, start: int, phrase: str, subject: str) -> Iterator[Claim]:
    for pattern in _ENDS:
        if match := pattern.match(phrase):
            yield from _ended(sentence, start, match["rest"], subject)
            return
    phrase = re.sub(r"^have (?:just|recently|finally) (?=(?:bought|adopted|started|joined)\b)", "", phrase, flags=re.I)
    phrase = _ALWAYS_LOVED.sub(lambda match: _PRESENT[match["verb"].lower()], phrase)
    phrase = re.sub(r"^(?:have |just )?got (?=(?:an?|two|three|four|my)\b)", "have ", phrase, flags=re.I)
    phrase, found = _AM_ADV.sub("am ", _HAVE_BEEN.sub("am ", phrase)), False
    for predicate in _PREDICATES:
        if found and predicate.key != "schedule":
            continue
        match = predicate.pattern.match(phrase)
        if match and not (predicate.key == "job" and _STUDIES.search(match["x"])):
            yield from _values(sentence, start, predicate, match["x"], subject)
            if predicate.key in _WITH:
                key = "studies" if match["x"].endswith("student") else predicate.key
                yield from _with(sentence, start, key, phrase, subject)
            found = predicate.key not in ("age", "people", "gender", "nationality", "relationship")


_PROPER = r"(?P<x>(?:the )?(?-i:[A-Z])[\w.&'’-]*(?: (?:of |for |and |the )?(?-i:[A-Z])[\w.&'’-]*)*)"
_AT = re.compile(rf"\b(?:at|for|with) {_PROPER}", re.I)
_AS = re.compile(rf"\bas (?:an? |the )?(?P<x>(?:[\w-]+ ){{0,2}}?(?:{_JOBS}|{_TRADE}))\b", re.I)
_STUDIES = re.compile(
    r"\b(?!(?:an?|the|phd|grad|graduate|master'?s?|college|university|high|school|exchange|new|mature|good|poor|full-time|part-time|international|former)\b)[\w&-]+ student$",
    re.I,
)
_STUDENT = re.compile(
    r"^am (?:an? )?(?:[\w-]+[- ]year )?(?P<x>(?!phd|grad|graduate|college|university|exchange|new|mature|high)[\w&][\w& -]*?) (?:student|major) at\b",
    re.I,
)
_WITH = {
    "job": (("employer", _AT),),
    "employer": (("job", _AS),),
    "studies": (("school", _AT),),
    "school": (("studies", _STUDENT),),
}
"""What a phrase of one key tells as well: "a designer at Spotify" works there."""


def _with(sentence: str, start: int, key: str, phrase: str, subject: str) -> Iterator[Claim]:
    for other, pattern in _WITH[key]:
        if match := pattern.search(_ANOTHER.sub("", phrase)):
            yield from _values(sentence, start, Predicate(other, pattern, split=False), match["x"], subject)


_PRESENT = {
    "loved": "love", "enjoyed": "enjoy", "liked": "like", "hated": "hate", "disliked": "dislike", "preferred": "prefer", "wanted": "want",
    "been wanting": "want", "been hoping": "hope", "adored": "adore", "avoided": "avoid", "dreamed": "dream",
}  # fmt: skip
_ALWAYS_LOVED = re.compile(rf"^{_ADV}have {_ADV}(?P<verb>{'|'.join(_PRESENT)})\b", re.I)
_HAVE_BEEN = re.compile(
    rf"^{_ADV}have {_ADV}(?:been|become|gotten|grown) {_ADV}(?:more and more |more |increasingly )?(?=(?:an?|more|married|single|divorced|sober|retired|interested|into|passionate|afraid|allergic|vegan|vegetarian)\b)",
    re.I,
)
_AM_ADV = re.compile(rf"^{_ADV}am {_ADV.replace('still|', '').replace('now|', '')}", re.I)


def _ended(sentence: str, start: int, rest: str, subject: str) -> Iterator[Claim]:
    value = _cut(
        re.sub(
            r"(?: thing| habit| phase|, (?:it['’]?s|only|just)\b.*)$|^(?:eat|eating|eaten|drunk|worked|lived|played|studied|watched|smoked|owned|used|been|gone|had|practi[cs]ed|drink|drinking|like|love|enjoy|work|working|live|living|play|playing|have|own|go|going|going to|do|doing|am|a|an|being|be|study|studying|wear|use|at|in|for|as|my|the|to|with|into|smoke|smoking|hate|dislike|avoid|allergic to|afraid of|scared of)\s+(?=\w)(?:(?:at|in|for|as|to|a|an|the|my)\s+)*",
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
        if key == "age":
            part = _figures(part)
        if key == "job":
            part = re.sub(r"^(?:an?|the|being an?)\s+", "", part)
        if part and key == "health" and predicate.polarity < 0 and not _EMPTY.match(part):
            feared = _claim(sentence, start, key, part, subject=subject)
            yield replace(feared, value=f"fear of {part}")
        elif part and not _is_empty(key, part):
            yield _claim(
                sentence, start, key, part, subject=subject, polarity=predicate.polarity, strength=predicate.strength
            )


def _figures(age: str) -> str:
    """ "forty-two" as "42"."""
    tens, _, ones = age.lower().replace("-", " ").partition(" ")
    if tens in _TENS:
        return str(10 * (_TENS.index(tens) + 2) + (_COUNTED.index(ones) + 1 if ones in _COUNTED else 0))
    return str(_COUNTED.index(tens) + 1) if tens in _COUNTED else age


_SEASON = r"(?:spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|december)"
_EVERY = re.compile(
    rf"^\W*(?P<x>every (?:single |other )?(?:morning|evening|night|day|week|weekend|{_WEEKDAYS})(?: at [\w:]+)? (?:I|we) (?!was|had|went|did|ask|try|want|think|feel|see|hear|get)(?![^,.;]*\b(?:error|script|tests?|build|code|bug|server|crash\w*|fail\w*)\b)[^,.;]+)",
    re.I,
)
_DAY_IS = re.compile(
    rf"(?:^|, (?:and )?)\W*(?P<x>(?:{_WEEKDAYS}s(?: and {_WEEKDAYS}s)?|weekends|weeknights) (?:are|is|mean)(?: for| my)? (?!\w+er\b|more|less|very|too|usually|not|when|busy|quiet|an?\b|good|fine|bad|best|better|free|open|out|always|so|the)[\w' -]+)",
    re.I,
)
_PLANNED = re.compile(
    rf"^\W*(?:(?:come|this|next|in|by|on|starting|from) )(?:the )?(?:{_SEASON}|{_WEEKDAYS}|week|weekend|month|year|new year|(?:a|two|three|four|six) (?:weeks?|months?|days?|years?))(?: \d+\w*)?,? (?:I|we|[Mm]y \w+ and I)(?:['’](?:m|re|ll)| am| are| will)(?: be| going to)? (?P<x>(?!not\b)\w+.+)",
    re.I,
)
_EXPECTING = re.compile(
    r"^(?:my \w+|hubby|the wife) and I are (?P<x>expecting [^?!.]+|getting married [^?!.]+|moving (?:to|in) [^?!.]+)",
    re.I,
)
_BORN = re.compile(
    r"\b(?:born|birthday)(?: on)? (?P<x>(?:\d{1,2}(?:st|nd|rd|th)? )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?: \d{1,2}(?:st|nd|rd|th)?)?,?(?: \d{4})?|\d{1,2}[./]\d{1,2}[./]\d{2,4})",
    re.I,
)


def _of_habits(sentence: str) -> Iterator[Claim]:
    """Sentences that begin with when: "Every morning I row", "Tuesdays are choir", "Come spring we're moving"."""
    first = re.match(r"^\W*(?:I was )?born\b", sentence, re.I)
    for key, pattern in (("schedule", _EVERY), ("schedule", _DAY_IS), ("plans", _PLANNED), ("plans", _EXPECTING)):
        for match in pattern.finditer(sentence):
            value = _cut(match["x"])
            if value and not _is_empty(key, value):
                yield Claim(key, value, match[0].strip(" ,"), confidence=0.8)
    if lives := _WHERE_WE_LIVE.search(sentence):
        yield Claim("home", lives["x"], lives[0])
    if first and (born := _BORN.search(sentence)):
        yield Claim("birthday", born["x"], born[0])


_WHERE_WE_LIVE = re.compile(r"(?P<x>[A-Z][\w'’-]+(?: [A-Z][\w-]+)*?)(?:['’]s| is) where (?:I|we) live\b")


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
_NAME_AND_AGE = re.compile(
    r"(?P<quote>(?:I['’]?m|I am) (?P<x>[A-Z][a-z]+))(?=,? (?:and I['’]m \d|\d{1,2}\b|aged|(?:a|an|from|widowed|married|single|living|based|retired)\b))(?!,? from [A-Z]\w+ again)"
)
_HERE = re.compile(
    r"^\W*(?:(?i:hi|hey|hello|good (?:morning|evening|afternoon))[,!. ]+(?:it['’]s |this is )?)?(?P<quote>(?P<x>[A-Z][a-z]{2,})(?:,? [a-z]+,?)? here)\b(?=\s*[,.!:;—–-]|\s*$| (?:again|from|with)\b)"
)
_CALL_ME = re.compile(
    r"(?P<quote>(?:(?i:you can |please |just )+call|(?:everyone|people|friends|they all) (?:all )?calls?|(?:^|(?<=[.!,] ))[Cc]all) me\s+(?P<x>[A-Z][a-z]+))(?=\s*(?:[,.!]|$|and\b|for short|instead|from))"
)
_NO_NAME = frozenset(
    "Sorry Sure Okay Ok Yes No Not Here Fine Good Great Happy Sad Tired Back Just So Very Really Also Still Now Done Ready Glad Anyone Someone Nobody Everyone Newbie Same "
    "Nothing Over Right From Come Click See Look Stuck Beginner Spring Summer Autumn Fall Winter Christmas Easter Monday Tuesday Wednesday Thursday Friday Saturday Sunday Nurse Teacher Student Doctor Mom Mum Dad Parent Engineer".split()
)


def _names(sentence: str) -> Iterator[Claim]:
    for pattern in (_I_AM_NAME, _NAME_AND_AGE, _HERE, _CALL_ME):
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


_OUT = re.compile(
    r"^\W*(?:(?:please )?don['’]?t (?:put|include|suggest|recommend|give me|use) (?P<z>[\w' -]{2,30}?) (?:in (?:any|my)|ever|to me)\b|no (?P<x>[\w' -]{2,40}?) for (?:me|us)\b|(?P<y>(?!this|that|it\b|they|which|who|what)[\w' -]{2,40}?) (?:is|are) (?:out for me|off the (?:menu|table)(?: for me)?|a no-go for me|a hard no for me|not an option for me|a (?:hard )?no (?:from|for) me|a no-go)|(?P<w>[\w' -]{2,40}?) tastes? (?:like \w+|awful|disgusting|horrible|vile|gross) to me\b)",
    re.I,
)
_KILLS = re.compile(
    r"^\W*(?P<x>[\w' -]{2,40}?) (?:(?:could|can|would|will|might|nearly|almost) )?(?:kills?|killed|makes?|gives?|puts? (?=me in (?:the )?hospital)|sends? (?=me to (?:the )?(?:er|hospital))|land (?=me in))\s*(?:me)(?P<how> (?:break out|sneeze|itch|swell|hives|a rash|nauseous|puke))?\b",
    re.I,
)
_FAVOURITE = re.compile(
    r"^\W*(?P<x>[\w' -]{2,60}?) (?:is|are|has (?:always )?been) (?:one of )?my (?:all-time |absolute )?(?:favou?rite|passion|hobby|thing|jam|go-to|comfort food|guilty pleasure|happy place|obsession|biggest love)\b(?! (?:problem|issue))",
    re.I,
)
_NOT_FOR_ME = re.compile(
    r"^\W*(?P<x>[\w' -]{2,60}?) (?:(?:is|are) (?:just |really |definitely )?not (?:my (?:thing|cup of tea|style|taste)|for me)|(?:isn't|aren't|isn’t) (?:really )?(?:my (?:thing|cup of tea|style)|for me)|(?:makes?|make) me (?:nauseous|uncomfortable|anxious)|(?:disgusts?|bores?|annoys?|irritates?|scares?|bothers?|terrif(?:y|ies)) me)\b",
    re.I,
)


def _of_group(match: re.Match[str]) -> str:
    """The one group that took part."""
    value = next(group for group in match.groups() if group)
    return re.sub(r"^(?:well|hi|honestly|actually|also|even|just|sorry)[, ]+", "", value, flags=re.I).strip()


def _of_things(sentence: str) -> Iterator[Claim]:
    """Sentences in which the thing comes first: "Jazz is my favourite", "peanuts could kill me"."""
    if out := _OUT.match(sentence):
        yield Claim("dislikes", _of_group(out), out[0].strip(), polarity=-1, strength=0.9)
        return
    for pattern, key, polarity in ((_FAVOURITE, "likes", 1), (_NOT_FOR_ME, "dislikes", -1), (_KILLS, "allergies", 1)):
        if match := pattern.match(sentence):
            value = re.sub(
                r"^(?:well|hi|oh|and|but|so|because|honestly|actually|also|eating|even|just|the|a|an)[, ]+",
                "",
                match["x"],
                flags=re.I,
            ).strip()
            if key == "allergies" and not match["how"] and not re.search(r"kill|put|send|land", match[0], re.I):
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
    r"\b(?P<x>(?:(?:keep|make) (?:it|them|things|your (?:answers?|repl(?:y|ies)|responses?|explanations?))|(?:answer|reply|respond|write|speak|talk|explain)(?: (?:to me|things|it|everything))?|be|stay|prefer|like|want|I['’]d (?:rather|like)(?: have)?)\s+(?:(?:always|more|very|as|a bit|much|really|to|the|a|in)\s+)*"
    r"(?:(?:(?:under|at most|no more than|max(?:imum)?|about) )?(?:one|two|three|four|five|ten|\d+|a few|a couple of) (?:sentences?|words?|lines?|paragraphs?)(?: max(?:imum)?| at most| or less| tops)?|(?:in )?(?:English|Chinese|Mandarin|Spanish|French|German|Portuguese|Japanese|bullet points?|(?:numbered )?lists?|short sentences|plain (?:English|language|words|text)|simple words|prose|full explanations?|(?:metric|imperial)(?: units)?|celsius|fahrenheit|step by step|steps|examples|one question at a time|sources|numbers)|short(?:er)?|brief(?:ly)?|concise(?:ly)?|simple|simply|formal(?:ly)?|informal(?:ly)?|casual(?:ly)?|detailed|long(?:er)?|direct(?:ly)?|blunt(?:ly)?|honest(?:ly)?|gentle|slow(?:ly)?|polite|friendly|funny|to the point|like (?:a friend|I['’]?m (?:five|a (?:beginner|child))|a (?:teacher|colleague|human|person)))"
    r"|(?:no|without|don['’]?t (?:use|give me|bother with)|do not use|never use|stop (?:using|with)|please use|use|skip|drop|avoid|go easy on|spare me|cut|leave out)(?: the| your| any| all)?(?: the)? (?:more |fewer |less )?(?:emojis?|bullet points?|bullet lists?|lists?|jargon|markdown|tables?|headings?|fluff|filler|small talk|disclaimers?|caveats|warnings|preambles?|apologies|apologi[sz]ing|pleasantries|exclamation (?:marks|points)|walls of text|small print|explanations?|metaphors|flattery|compliments|pep talks?|slang|abbreviations|acronyms|intros?|introductions?|summar(?:y|ies)|examples|analogies|metric(?: units)?|imperial(?: units)?|celsius|fahrenheit|simple words|sources|british spelling|american spelling|my (?:first )?name)"
    r"|(?:(?:one|two|three|four|five|ten|\d+) (?:sentences?|words?|lines?|paragraphs?|bullets?) (?:max(?:imum)?|tops|at most|or (?:less|fewer)|is (?:plenty|enough)))|max(?:imum)? (?:one|two|three|four|five|ten|\d+) (?:sentences?|words?|lines?|paragraphs?)"
    r"|(?:bullet points|simple words|short answers|short sentences|plain English|full explanations?|straight answers|long answers|detailed answers|step[- ]by[- ]step)(?: please| pls| only)?|(?:metric|celsius|imperial|fahrenheit|24-hour clock|grams|kilomet(?:er|re)s|kilos)(?: units)?(?: only| please| pls|,? not [\w]+|,? never [\w]+)|explain (?:idioms|acronyms|jargon|abbreviations|technical terms)(?: if you use one| when you use them)?|get (?:straight )?to the point|(?:british|american) spelling|just (?:give me )?the (?:code|answer|recipe|result|command)|you can swear|cite (?:your )?sources|show (?:me )?your (?:working|work|steps|reasoning)|(?:answer|verdict|conclusion|bottom line|summary) first|ask (?:me )?(?:first|before)|tell me (?:straight|when you['’]re (?:not sure|guessing|unsure)))\b",
    re.I,
)
_LASTING = re.compile(
    r"\b(?:always|from now on|in (?:the )?future|going forward|from here on|as a rule|in general|generally|when(?:ever)? (?:you (?:answer|reply|talk|explain|give|suggest|write)|I ask)|every time|each time|all (?:of )?your|your (?:answers?|replies|responses?|explanations?|messages)|"
    r"I (?:prefer|like|hate|can['’]t stand|want|['’]d like|['’]d rather|have no (?:clue|idea) what)|I['’]d (?:like|rather|prefer)|with me|to me|(?:my|mine) English|I['’]?m (?:dyslexic|a slow reader|not a native)|(?:please|pls) (?:keep|be|answer|reply|talk|speak|write|don['’]?t use|do not use|use|stop|skip|drop|no)|never|you (?:can|keep|tend to|don['’]?t (?:have|need) to)|stop \w+ing)\b",
    re.I,
)


def _style(sentence: str) -> list[Claim]:
    """A wish for how to be answered, if it is meant to last."""
    if not _LASTING.search(sentence):
        return []
    found = []
    for match in _STYLE.finditer(sentence):
        value = re.sub(
            r"^(?:prefer|like|want|I['’]d (?:rather|like)(?: have)?)\s+(?:the |a )?", "", match["x"], flags=re.I
        )
        found.append(Claim("style", value, match["x"], strength=0.8))
    return found
