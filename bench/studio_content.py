"""A thousand frequent questions in two languages, made of things and of what is asked about them, for the bench."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

THINGS = (
    "air_fryer 空气炸锅 air fryer|baby_stroller 婴儿车 baby stroller|"
    "backpack 双肩背包 backpack|bath_towel 浴巾 bath towel|"
    "bed_frame 床架 bed frame|bicycle_helmet 骑行头盔 bicycle helmet|blender 破壁机 blender|board_game 桌游 board game|"
    "bookshelf 书架 bookshelf|camping_tent 露营帐篷 camping tent|car_seat 安全座椅 car seat|carpet 地毯 carpet|"
    "ceiling_lamp 吸顶灯 ceiling lamp|chess_set 象棋 chess set|"
    "coffee_grinder 磨豆机 coffee grinder|curtain 窗帘 curtain|"
    "cutting_board 砧板 cutting board|dehumidifier 除湿机 dehumidifier|desk_chair 办公椅 desk chair|"
    "dishwasher 洗碗机 dishwasher|dress_shirt 衬衫 dress shirt|"
    "drone 无人机 drone|electric_kettle 电水壶 electric kettle|"
    "face_cream 面霜 face cream|fish_tank 鱼缸 fish tank|floor_mop 拖把 floor mop|frying_pan 平底锅 frying pan|"
    "garden_hose 浇花水管 garden hose|guitar 吉他 guitar|hair_dryer 吹风机 hair dryer|hiking_boots 登山靴 hiking boots|"
    "humidifier 加湿器 humidifier|ironing_board 熨衣板 ironing board|jigsaw 拼图 jigsaw|lunch_box 饭盒 lunch box|"
    "mattress 床垫 mattress|microwave 微波炉 microwave|moon_cake 月饼 moon cake|"
    "perfume 香水 perfume|piano 电钢琴 piano|"
    "pillow 枕头 pillow|power_drill 电钻 power drill|raincoat 雨衣 raincoat|razor 剃须刀 razor|scooter 滑板车 scooter|"
    "sofa 沙发 sofa|sunglasses 太阳镜 sunglasses|tea_set 茶具 tea set|umbrella 雨伞 umbrella|yoga_mat 瑜伽垫 yoga mat"
)
"""Key, Chinese and English name, which may have several words."""

MATTERS = {
    "material": (
        "{}是什么材质|{}用什么料做的|做{}的材料是什么|{}的面料成分|{}是真材实料吗|想知道{}的材质|{}里面是什么材料|"
        "{}外层是什么料子|请问{}是啥材质的|{}的主要原料",
        "what is the {} made of|material of the {}|which materials are used in the {}|is the {} made of real stuff|"
        "{} composition|what stuff is in the {}|tell me the {} material|outer material of the {}|"
        "what's this {} made out of|raw materials of your {}",
    ),
    "weight": (
        "{}有多重|{}几斤|{}的重量是多少|{}重不重|{}大概多少公斤|"
        "一个{}称起来多重|{}拎着沉吗|{}净重多少|毛重，{}|{}轻便吗",
        "how heavy is the {}|weight of the {}|how many kilos does the {} weigh|is the {} light|{} net weight|"
        "does the {} weigh much|how much does a {} weigh|is the {} heavy to carry|kg of the {}|{} weight please",
    ),
    "colours": (
        "{}有哪些颜色|{}有黑色的吗|{}几种颜色可选|{}能选颜色吗|{}有没有白的|想要别的颜色的{}|{}什么色好看|{}的配色|"
        "{}颜色会有色差吗|{}出新色了吗",
        "which colours does the {} come in|is the {} available in black|colour options for the {}|"
        "can I choose the colour of the {}|does the {} come in white|{} colors|other colours of the {}|"
        "what shades are there for the {}|any new {} colour|pick a colour for my {}",
    ),
    "cleaning": (
        "{}怎么清洗|{}脏了怎么办|{}能水洗吗|{}怎么保养|清洁{}用什么|{}可以机洗吗|{}多久洗一次|{}上的污渍怎么去|"
        "{}擦不干净|洗{}要注意什么",
        "how do I clean the {}|can I wash the {}|the {} is dirty, what now|cleaning instructions for the {}|"
        "stains on the {}, how to remove|what do I clean a {} with|{} care|is the {} machine washable|"
        "how often should the {} be washed|best way to get the {} clean",
    ),
    "assembly": (
        "{}要自己组装吗|{}怎么装|{}安装难不难|{}装起来要多久|{}有安装说明吗|组装{}需要什么工具|{}买回来要拼吗|"
        "{}的螺丝怎么拧|教我装{}|{}不会装",
        "do I have to assemble the {}|how is the {} put together|is the {} hard to set up|assembly of the {}|"
        "tools needed to build the {}|{} assembly guide|"
        "does the {} come assembled|how long does setting up the {} take|"
        "putting together a {}|I can't assemble the {}",
    ),
    "sizes": (
        "{}尺寸多大|{}长宽高是多少|{}有几个尺码|{}占多大地方|{}有大号吗|{}有没有小一点的|{}的规格|{}多高多宽|"
        "{}放得下吗，尺寸给我|{}的大小怎么选",
        "what size is the {}|dimensions of the {}|how big is the {}|does the {} come in large|{} measurements|"
        "length and width of the {}|is there a smaller {}|how tall is the {}|how much room does the {} take|"
        "sizes of the {}",
    ),
    "made_in": (
        "{}是哪里产的|{}的产地|{}是进口的吗|{}是国产的还是进口|{}在哪个工厂做的|{}哪个国家生产|{}原产地是哪|"
        "{}是不是国产|生产{}的厂家在哪|{}哪儿造的",
        "where is the {} made|country of origin of the {}|is the {} imported|which factory makes the {}|{} made in|"
        "was the {} produced in China|origin of your {}|who manufactures the {}|where does the {} come from|"
        "is this a domestic {}",
    ),
    "age": (
        "{}适合几岁|小朋友能用{}吗|{}适合老人吗|{}有年龄限制吗|三岁孩子用{}可以吗|{}是给大人用的吗|{}儿童款有没有|"
        "{}孕妇能用吗|{}适合什么人用|多大的人用{}合适",
        "what age is the {} for|can kids use the {}|is the {} fine for elderly people|age limit for the {}|"
        "may a three year old use the {}|is the {} meant for adults|{} for children|is the {} ok during pregnancy|"
        "who is the {} suitable for|minimum age {}",
    ),
    "noise": (
        "{}声音大吗|{}吵不吵|{}多少分贝|{}用的时候有噪音吗|{}会不会嗡嗡响|晚上用{}会吵到人吗|{}静音吗|{}响得厉害|"
        "{}怎么有异响|{}声音能调小吗",
        "is the {} loud|how noisy is the {}|decibels of the {}|does the {} make noise|the {} buzzes|"
        "will the {} wake people at night|is there a silent {}|why does the {} squeak|{} noise level|"
        "can I make the {} quieter",
    ),
    "smell": (
        "{}有味道吗|{}刚拆有异味|{}味道怎么散|{}闻着刺鼻|{}有甲醛味吗|{}的气味多久能散|{}一股塑料味|{}有怪味正常吗|"
        "{}味儿好大|去掉{}的味道",
        "does the {} smell|new {} has an odour|how to get rid of the {} smell|the {} stinks|{} smells of plastic|"
        "is the smell of the {} normal|how long until the {} stops smelling|odd odour from my {}|"
        "the {} has a chemical smell|is the {} scented",
    ),
    "safety": (
        "{}安全吗|{}有安全认证吗|{}会不会有危险|{}有3C标志吗|{}用着放心吗|{}出过事故没有|{}检测报告有吗|"
        "{}含有害物质吗|用{}要注意哪些危险|{}会伤到人吗",
        "is the {} safe|safety certificate of the {}|is the {} dangerous|does the {} have a CE mark|"
        "has the {} been tested|harmful substances in the {}|{} test report|can the {} hurt somebody|"
        "{} safety notes|risks of using the {}",
    ),
    "storage": (
        "{}怎么收纳|{}不用的时候放哪|{}能折叠吗|{}怎么存放|{}可以放阳台吗|{}怕潮吗|{}收起来占地方吗|"
        "长期不用{}怎么放|{}能叠起来放吗|保存{}的方法",
        "how do I store the {}|where to keep the {} when not in use|does the {} fold|can the {} stay on the balcony|"
        "does damp hurt the {}|{} storage|keeping a {} for a long time|how do I put the {} away|"
        "can I stack the {}|space to stow the {}",
    ),
    "lifetime": (
        "{}能用几年|{}的寿命多长|{}耐用吗|{}多久要换|{}用久了会坏吗|{}一般能撑多久|{}保质期多久|{}多长时间换新的|"
        "{}结实吗|{}质量能用十年吗",
        "how long does the {} last|lifetime of the {}|is the {} durable|when should the {} be replaced|"
        "does the {} wear out|{} shelf life|how many years will the {} work|is the {} sturdy|"
        "expected life of a {}|will the {} hold ten years",
    ),
    "accessories": (
        "{}有什么配件|{}送什么配件|{}的配件能单买吗|{}少了个零件|{}盒子里有什么|{}包装清单|{}配套的东西有哪些|"
        "{}备用件哪里买|{}带收纳袋吗|{}附件齐不齐",
        "what accessories come with the {}|can I buy {} parts separately|what's in the {} box|"
        "a part of the {} is missing|extras included with the {}|spare parts for the {}|{} packing list|"
        "does the {} come with a bag|where do I get {} accessories|is everything included with the {}",
    ),
    "custom": (
        "{}可以定制吗|{}能刻字吗|{}能印logo吗|{}上能加名字吗|定做{}要多久|公司想定制一批{}|{}能按我的尺寸做吗|"
        "{}私人订制|{}能换个图案吗|定制款{}怎么下单",
        "can the {} be customised|engraving on the {}|print a logo on the {}|can you put a name on the {}|"
        "made to measure {}|how long does a custom {} take|company wants {} with our logo|personalised {}|"
        "change the pattern of the {}|order a bespoke {}",
    ),
    "bulk": (
        "{}批发怎么算|{}买得多能便宜吗|团购{}有优惠吗|一次买一百个{}什么价|{}量大从优吗|公司采购{}找谁|{}整箱卖吗|"
        "{}批量价|多买几个{}打折吗|{}大宗采购",
        "wholesale price of the {}|discount if I buy many of the {}|group purchase of {}|hundred pieces of {} price|"
        "who handles company orders for {}|do you sell {} by the case|bulk {}|is it cheaper to buy several of the {}|"
        "quantity discount {}|buy a large number of {}",
    ),
    "compare": (
        "{}哪款最好|{}怎么选|{}的几款有什么区别|推荐一款{}|{}新款和老款哪个好|{}哪个牌子好|哪种{}性价比高|"
        "{}贵的和便宜的差在哪|{}求推荐|帮我挑一个{}",
        "which {} is best|how do I choose a {}|differences between your {} models|recommend a {}|"
        "old or new model of the {}|which brand of {} is good|best value {}|cheap and expensive {}, what differs|"
        "{} comparison|help me pick a {}",
    ),
    "manual": (
        "{}说明书在哪|{}说明书丢了|{}有中文说明书吗|{}怎么用|{}使用教程|{}有视频教学吗|第一次用{}怎么操作|"
        "{}的电子版说明书|{}上的按键什么意思|{}操作步骤",
        "where is the {} manual|I lost the manual of the {}|how do I use the {}|is there a video about using the {}|"
        "{} instructions|first use of the {}|PDF manual for the {}|what do the buttons on the {} mean|"
        "{} user guide|English manual for the {}",
    ),
    "eco": (
        "{}环保吗|{}可以回收吗|旧{}怎么处理|{}的包装环保吗|{}用的是可降解材料吗|{}碳排放高吗|扔掉{}算什么垃圾|"
        "{}有绿色认证吗|{}能以旧换新吗|{}是再生材料做的吗",
        "is the {} eco friendly|can the {} be recycled|what to do with an old {}|is the {} packaging green|"
        "biodegradable {}|carbon footprint of the {}|which bin does a {} go in|is the {} made of recycled stuff|"
        "green label for the {}|trade in my old {}",
    ),
    "preorder": (
        "{}能预订吗|{}什么时候开卖|{}预售要付定金吗|{}新款几号上市|{}到货能通知我吗|{}预售多久发|"
        "想提前订一个{}|{}定金能退吗|{}什么时候补货|新的{}何时出",
        "can I preorder the {}|when does the {} go on sale|deposit for the {}|release date of the new {}|"
        "tell me when the {} is back|how long is the {} presale|reserve a {} in advance|"
        "is the {} deposit refundable|when will you restock the {}|upcoming {}",
    ),
}
"""What is asked: ten wordings in Chinese, ten in English."""


@dataclass(frozen=True, slots=True)
class Question:
    """One frequent question."""

    key: str
    chinese: tuple[str, ...]
    english: tuple[str, ...]


def questions() -> Iterator[Question]:
    """All thousand, always the same."""
    for line in THINGS.split("|"):
        thing, chinese, english = line.split(" ", 2)
        for matter, (in_chinese, in_english) in MATTERS.items():
            yield Question(
                f"{thing}_{matter}",
                tuple(one.format(chinese) for one in in_chinese.split("|")),
                tuple(one.format(english) for one in in_english.split("|")),
            )


def write(folder: Path) -> None:
    """Write them into `folder` as FAQ files, one per thing."""
    by_thing: dict[str, list[Question]] = {}
    for number, question in enumerate(questions()):
        by_thing.setdefault(f"loaded_{number // len(MATTERS):02}", []).append(question)
    for name, found in by_thing.items():
        (folder / f"{name}.yml").write_text(_yaml(found), encoding="utf-8")


def answer(question: Question) -> tuple[str, str]:
    """What the bot says, in Chinese and in English."""
    return f"关于“{question.chinese[0]}”：详见商品页说明。", f"About “{question.english[0]}”: see the product page."


def _yaml(found: list[Question]) -> str:
    lines = ['version: "3.1"', "nlu:"]
    for one in found:
        lines += [f"- intent: faq/{one.key}", "  examples: |"]
        lines += [f"    - {text}" for text in (*one.chinese, *one.english)]
    lines.append("responses:")
    for one in found:
        chinese, english = answer(one)
        lines += [
            f"  utter_faq/{one.key}:",
            "  - condition: [{type: slot, name: language, value: zh}]",
            f'    text: "{chinese}"',
            f'  - text: "{english}"',
        ]
    return "\n".join(lines) + "\n"
