"""The texts in Malay."""

from console.domain.consent_texts.wording import Answers, Sections, Wording
from console.domain.retention import SpanWords

_HOW_LONG = (
    "Sehingga anda menarik balik persetujuan anda, sehingga {left} selepas anda berhenti bekerja "
    "di sini, atau sehingga {unused} selepas log masuk terakhir anda, yang mana lebih awal. Anda "
    "boleh menarik balik persetujuan pada bila-bila masa: melalui pautan di bahagian bawah setiap "
    "e-mel kepada anda, di kaunter, atau melalui pentadbir anda."
)
_REFUSAL = (
    "Jika anda menolak, anda menggunakan nombor anda sahaja. Tiada sebarang kerugian bagi anda."
)

MALAY = Wording(
    language="ms",
    name="Bahasa Melayu",
    spans=SpanWords(one_day="24 jam", days="{} hari", one_year="1 tahun", years="{} tahun"),
    headings=Sections(
        kept="Apa yang disimpan",
        purpose="Tujuan kegunaannya",
        how_long="Berapa lama",
        refusal="Anda boleh menolak",
    ),
    face_intro=(
        "{site} ingin menggunakan wajah anda untuk membuka pintu dan untuk log masuk anda. Foto "
        "yang anda hantar melalui pautan anda dimeterai pada peranti anda sendiri, dan hanya "
        "dibuka di {site}."
    ),
    face=Sections(
        kept=(
            "Satu templat, dan gambar yang digunakan oleh terminal untuk perbandingan. Foto anda "
            "dipadamkan {approved} selepas diluluskan, dan {rejected} selepas ditolak. Templat "
            "bukan foto, tetapi gambar yang menyerupai wajah anda boleh dibina semula "
            "daripadanya. Oleh itu kami mengendalikannya sebagai data peribadi biometrik: templat "
            "itu disulitkan, dan boleh dibatalkan serta dikeluarkan semula."
        ),
        purpose=(
            "Kehadiran masa dan akses pintu pada terminal di {site} (termasuk QF Master dan QF "
            "Master Plus), dan bukan untuk tujuan lain. Tiada apa-apa yang keluar dari {site}."
        ),
        how_long=_HOW_LONG,
        refusal=_REFUSAL,
    ),
    finger_intro=(
        "{site} ingin menggunakan cap jari anda untuk membuka pintu dan untuk log masuk anda. Sila "
        "baca teks ini sebelum anda membuat keputusan."
    ),
    finger=Sections(
        kept=(
            "Kedudukan hujung dan cabang garisan cap jari anda, sebagai templat. Gambar jari anda "
            "tidak disimpan. Templat bukan gambar, tetapi ia merupakan data peribadi biometrik: "
            "templat itu disulitkan, dan boleh dipadamkan serta dibuat semula."
        ),
        purpose=(
            "Kehadiran masa dan akses pintu pada terminal dan skrin log masuk di {site}, dan bukan "
            "untuk tujuan lain. Tiada apa-apa yang keluar dari {site}."
        ),
        how_long=_HOW_LONG,
        refusal=_REFUSAL,
    ),
    answers=Answers(
        agree="Saya setuju",
        start="Saya setuju, mula",
        decline="Tidak, guna nombor saya",
    ),
    why="Mengapa",
    purposes=(
        "Proses yang mudah: satu pautan, tanpa akaun, tanpa aplikasi.",
        "Aliran kerja yang cekap dengan kurang kerja manual.",
        "Pengesahan identiti yang pantas untuk kehadiran masa dan/atau akses pintu pada QF Master "
        "dan QF Master Plus.",
        "Pengesahan tanpa sentuhan.",
    ),
)
