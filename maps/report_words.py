"""The words of the report of fairness, in Chinese and English; those in braces are filled in."""

from __future__ import annotations

from typing import Final

from planner.text import Text

REPORT_WORDS: Final = {
    "internal": Text("内部使用", "Internal use only"),
    "valid": Text("经核查，全部规定得到遵守", "Checked: every rule is kept"),
    "invalid": Text("经核查，有不符合规定之处", "Checked: rules are broken"),
    "goals": Text("目标与可证下界", "Goals and proven bounds"),
    "goals_note": Text(
        "下界：可以证明任何合规方案都不会比它更好。单项下界为计数所得，各项互相牵制，差距不代表可以改进多少；"
        "综合代价的下界由优化求得",
        "A bound: no legal plan can be better. Bounds of single goals come from counting, and goals pull against each other, "
        "so their gaps do not say what could be gained; that of the cost comes from the optimiser"),
    "goal": Text("目标", "goal"),
    "value": Text("实测", "value"),
    "bound": Text("下界", "bound"),
    "gap": Text("差距", "gap"),
    "load": Text("工作量与应担份额之比", "Load against fair share"),
    "load_note": Text(
        "应担份额＝全区工作量×本人系数÷全区系数。100% 为恰好相当。横条为中间一半干部，竖线为中位，细线到最小和最大",
        "Fair share = the district's workload x own capacity / all capacities; 100 % is even. The bar holds the middle half "
        "of the cadres, the stroke is the median, the thin line reaches from least to most"),
    "travel": Text("到联系点的单程路程", "One-way travel to the points"),
    "by_unit_kind": Text("按单位类别", "by kind of unit"),
    "by_site_kind": Text("按联系点类别", "by kind of point"),
    "by_subdistrict": Text("按联系点所在街道", "by sub-district of the points"),
    "by_unit": Text("按单位", "by unit"),
    "points": Text("联系点", "points"),
    "all": Text("全区", "district"),
    "share": Text("占应担份额", "of fair share"),
    "count": Text("人数", "cadres"),
    "matrix": Text("条块联系表", "Units and sub-districts"),
    "matrix_note": Text(
        "行为单位（条），列为街道（块），数为该单位干部联系该街道的联系点数；颜色为占该单位在该街道上限的比例",
        "Rows are units, columns sub-districts; a number is how many points of the sub-district the unit's cadres hold, "
        "its colour how much of the limit that is"),
    "total": Text("合计", "total"),
    "worst": Text("负担最重者与可行的调整", "Who carries most, and what would move"),
    "worst_note": Text(
        "在把其一处联系点交给别人、或与别人互换一处的全部做法中，取不违反任何规定、双方较重一方最轻者，相同时取路程最少者。"
        "只说明单次调整，不排除多次连环调整更好",
        "Among all handings of one point to another cadre and all exchanges of one point, this one breaks no rule and leaves "
        "the heavier of the two least loaded, then with least travel. This speaks of single changes only: a chain of them "
        "may do more"),
    "nothing": Text("能减轻其负担的单次移交或互换共 {tried} 种，都会违反规定",
                    "{tried} single handovers or exchanges would relieve him, and each breaks a rule"),
    "move": Text("{site} 由 {giver} 移交 {taker}", "{site} from {giver} to {taker}"),
    "swap": Text("{site}（{giver}）与 {back}（{taker}）互换", "{site} ({giver}) for {back} ({taker})"),
    "now": Text("现在", "now"),
    "then": Text("调整后", "afterwards"),
    "who": Text("干部", "cadre"),
    "change": Text("可行的调整", "possible change"),
    "effect": Text("对各目标的影响", "effect on the goals"),
    "unchanged": Text("各目标不变", "no goal changes"),
    "longest": Text("走访日路程最长者", "The longest visit days on the road"),
    "day_travel": Text("走访日路程", "travel of the day"),
    "minutes": Text("分钟", "min"),
    "rules": Text("适用的规定", "Rules applied"),
    "rule": Text("规定", "rule"),
    "clause": Text("依据", "clause"),
    "setting": Text("本次执行", "as applied"),
    "broken": Text("不符", "broken"),
    "violations": Text("不符合规定之处", "What breaks the rules"),
    "and_more": Text("另有 {count} 处", "and {count} more"),
    "provenance": Text("随机种子 {seed} · 方案摘要 {digest}", "seed {seed} · plan {digest}"),
}
