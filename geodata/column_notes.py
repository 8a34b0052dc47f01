"""What every sheet and column of the workbook is for, in a sentence that the template shows; by sheet and column key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from geodata.columns import Column, Sheet
from planner.text import Text

SHEET_NOTES: Final[Mapping[str, Text]] = MappingProxyType({
    "subdistricts": Text("本区的街道、镇", "the sub-districts (街道, 镇)"),
    "offices": Text("干部所在的单位及办公地点", "the units and where their cadres work"),
    "cadres": Text("参加联系的领导干部", "the cadres"),
    "enterprises": Text("被联系的企业", "the enterprises"),
    "committees": Text("被联系的居委会", "the residential committees"),
    "constituencies": Text("区人大代表的选区；没有代表可不填", "constituencies of deputies; may stay empty"),
    "past": Text("以往各任期谁联系过谁；轮换按它计算", "who held what in past terms; rotation goes by it"),
    "recusals": Text("应当回避的结对；不要写原因，写了也不读取", "pairs kept apart; give no reasons, they are never read"),
    "pins": Text("事先定下的结对", "pairs agreed beforehand"),
    "stay_requests": Text("居民来信挽留的结对", "pairs that residents ask to keep"),
    "absences": Text("干部请假、外出的日期", "who is away when"),
    "conferences": Text("走访日遇到的会议；全区全天的会议使走访日改期",
                        "conferences; one of the whole district and day moves the liaison day"),
    "successions": Text("上一任期以来合并、拆分、更名的；历史记录按它承接",
                        "what was merged, split or renamed since; history follows it"),
})
"""Sheets by their key."""

_NOTES: Final[Mapping[str, Text]] = MappingProxyType({
    "id": Text("在所有文件里代表它，不要改动", "identifies it in every file; never change it"),
    "name": Text("印在各种成果上的名称", "the name as printed"),
    "subdistricts.lon": Text("街道中心的经度", "longitude of its centre"),
    "subdistricts.lat": Text("街道中心的纬度", "latitude of its centre"),
    "lon": Text("经度，与纬度同填或同留空", "longitude; give both degrees or neither"),
    "lat": Text("纬度，与经度同填或同留空", "latitude; give both degrees or neither"),
    "subdistrict_id": Text("所在的街道", "the sub-district it lies in"),
    "kind": Text("区领导机关；职能部门（条）；街道（块）", "the district's leadership, a department, or a sub-district office"),
    "industries": Text("对口服务的行业；留空表示都适合", "industries the unit serves; blank suits all"),
    "cars": Text("本单位干部走访共用几辆车；留空按政策", "cars its cadres share on visits; blank as the policy says"),
    "office_id": Text("所属单位，走访从这里出发", "the unit he belongs to and leaves from"),
    "rank": Text("决定能否联系重点企业", "decides whether he may hold key enterprises"),
    "capacity_percent": Text("100 为满额，50 为一半，0 为本轮不参加", "100 is a full share, 50 half, 0 takes no part this term"),
    "travel_mode": Text("本人怎样走访；留空按政策。公车即驾车，按单位车辆数安排", "how he travels on visits; blank as the policy says"),
    "cadres.constituency_id": Text("是人大代表的，填选区", "for a deputy of the people's congress: the constituency"),
    "constituency_id": Text("所在的选区", "the constituency it lies in"),
    "is_deputy": Text("只用来提醒漏填选区", "only used to notice a missing constituency"),
    "address": Text("印在路线单上，不用来定位", "printed on route sheets, not used to find the place"),
    "workload_minutes": Text("每月需要联系领导多少分钟；公平按它计算", "minutes of work it asks a month; fairness is measured in it"),
    "stay_minutes": Text("每次走访停留多少分钟", "minutes one visit lasts"),
    "opens_seconds": Text("最早几点可以走访", "a visit begins no earlier"),
    "closes_seconds": Text("最晚几点结束", "a visit ends no later"),
    "visit_every_months": Text("几个月走访一次", "a visit every so many months"),
    "residents": Text("多少居民；热力图用它算每干部小时服务多少人", "people it serves; the heat map sets them against cadre hours"),
    "open_problems": Text("还没有解决的问题有几件；按工作量定走访次数时计入",
                          "problems not yet solved; count where visits follow the workload"),
    "phone": Text("只检查号码是否完整，不写进任何成果", "only checked for lost digits; goes into no result"),
    "is_key": Text("重点企业由一定职级以上的干部联系", "key enterprises ask for a cadre of rank"),
    "industry": Text("与单位的服务行业对照", "compared with the industries of the cadre's unit"),
    "credit_code": Text("只用来校验和查重，不写进任何成果", "only checked, and used to find enterprises listed twice"),
    "term_id": Text("如 2025-2026", "e.g. 2025-2026"),
    "past.cadre_id": Text("当时的联系领导；已离任的写原编号或姓名", "who held it, also where he has left"),
    "past.site_id": Text("当时联系的点；已撤销、合并的写原编号，并填“变更”表",
                         "what he held; former sites by old id, with a row in 变更"),
    "recusals.site_id": Text("应回避的联系点", "the site he must not hold"),
    "pins.site_id": Text("必须由他联系的点", "the site he must hold"),
    "stay_requests.cadre_id": Text("居民希望留任的干部", "whom residents ask to stay"),
    "stay_requests.site_id": Text("哪个居委会的居民", "with which committee"),
    "cadre_id": Text("干部", "the cadre"),
    "first_day": Text("从这一天起", "from this day"),
    "last_day": Text("到这一天止（含）", "to this day, included"),
    "conferences.name": Text("印在改期和缺访的说明里", "printed as the reason for moved days and missed visits"),
    "day": Text("哪一天", "the day"),
    "conferences.office_id": Text("哪个单位的干部参加；留空表示全区", "whose cadres take part; blank is the whole district"),
    "starts_seconds": Text("从几点起；留空表示全天", "from when; blank is the whole day"),
    "ends_seconds": Text("到几点止；留空表示全天", "until when; blank is the whole day"),
    "group": Text("变更的是联系点、干部、单位还是街道", "what changed: a site, a cadre, an office, a sub-district"),
    "old_id": Text("历史记录里写的编号或名称", "the id or name that older rows use"),
    "new_id": Text("现在的编号或名称；拆分成几个的写几行", "the present id or name; a row for each part of what was split"),
})
"""Columns by ``sheet.column``, or by the key of the column alone where it is the same everywhere."""


def note_of(sheet: Sheet, column: Column) -> Text:
    """Return what a column is for; raises KeyError where nobody wrote it down."""
    return _NOTES.get(f"{sheet.key}.{column.key}") or _NOTES[column.key]
