"""The texts in Chinese, in simplified characters."""

from console.domain.consent_texts.wording import Answers, Sections, Wording
from console.domain.retention import SpanWords

_HOW_LONG = (
    "直到您撤回同意，或您离职后满 {left}，或您最后一次登录后满 {unused}，以最早者为准。"
    "您可以随时撤回同意：点击每封发给您的电子邮件底部的链接，或到服务台，或通过您的管理员。"
)
_REFUSAL = "如果您不同意，就改用您的员工编号。您不会因此受到任何不利影响。"

CHINESE = Wording(
    language="zh-Hans",
    name="简体中文",
    spans=SpanWords(one_day="24 小时", days="{} 天", one_year="1 年", years="{} 年"),
    headings=Sections(
        kept="保存什么",
        purpose="作何用途",
        how_long="保存多久",
        refusal="您可以不同意",
    ),
    face_intro=(
        "{site} 希望使用您的人脸来开门和为您登录。您通过链接发送的照片会先在您自己的设备上"
        "加密封存，只在 {site} 打开。"
    ),
    face=Sections(
        kept=(
            "一份模板，以及供终端比对的图片。您的照片在获得批准 {approved}后删除；"
            "如果被拒绝，则在被拒绝 {rejected}后删除。"
            "模板不是照片，但可以由模板重建出与您相似的面容，"
            "因此我们将其作为生物识别个人数据处理：模板经过加密，并且可以撤销和重新生成。"
        ),
        purpose=(
            "用于 {site} 各终端（包括 QF Master 和 QF Master Plus）上的考勤和门禁，不作其他用途。"
            "任何内容都不会离开 {site}。"
        ),
        how_long=_HOW_LONG,
        refusal=_REFUSAL,
    ),
    finger_intro=("{site} 希望使用您的指纹来开门和为您登录。请先阅读以下内容，再作决定。"),
    finger=Sections(
        kept=(
            "您手指的纹线终止和分叉的位置，以模板的形式保存。手指的图片不予保存。"
            "模板不是图片，但属于生物识别个人数据：模板经过加密，并且可以删除和重新制作。"
        ),
        purpose=(
            "用于 {site} 各终端和登录屏幕上的考勤和门禁，不作其他用途。任何内容都不会离开 {site}。"
        ),
        how_long=_HOW_LONG,
        refusal=_REFUSAL,
    ),
    answers=Answers(
        agree="我同意",
        start="我同意，开始",
        decline="不同意，使用我的员工编号",
    ),
    why="为什么",
    purposes=(
        "流程简便：一个链接，无需账户，无需应用程序。",
        "工作流程高效，减少人工操作。",
        "在 QF Master 和 QF Master Plus 上快速验证身份，用于考勤和/或门禁。",
        "非接触式验证。",
    ),
)
