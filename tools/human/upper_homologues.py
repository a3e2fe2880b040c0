"""Which muscles of the whole-body human answer to which of the models that its moment arms are compared with.

Right side throughout; a name that ends in `*` stands for all muscles that begin with what is before it.
"""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[tuple[str, ...], tuple[str, ...]]
"""Our muscles and the other model's, both without the side's ending."""

TRUNK: Mapping[str, Pair] = {
    "rectus abdominis": (("rectus_abdominis",), ("rect_abd",)),
    "external oblique": (("external_oblique_front", "external_oblique_side"), ("EO*",)),
    "internal oblique": (("internal_oblique_front", "internal_oblique_side"), ("IO*",)),
    "iliocostalis": (("iliocostalis",), ("IL_R*",)),
    "longissimus thoracis": (("longissimus_thoracis",), ("LTpT*",)),
    "longissimus lumborum": (("longissimus_lumborum",), ("LTpL*", "IL_L*")),
    "multifidus": (("multifidus",), ("MF*",)),
    "quadratus lumborum": (("quadratus_lumborum", "quadratus_vertebrae"), ("QL*",)),
}
"""MyoTorso's, which carries on Christophy et al. (2012). The lumbar iliocostalis goes with the lumbar longissimus, as
it does in ours; our psoas begins on the pelvis, and has no arm at the spine."""

SHOULDER: Mapping[str, Pair] = {
    "deltoid, front": (("deltoid_front",), ("DELT1",)),
    "deltoid, middle": (("deltoid_middle",), ("DELT2",)),
    "deltoid, back": (("deltoid_back",), ("DELT3",)),
    "supraspinatus": (("supraspinatus",), ("SUPSP",)),
    "infraspinatus, teres minor": (("infraspinatus",), ("INFSP", "TMIN")),
    "subscapularis": (("subscapularis",), ("SUBSC",)),
    "teres major": (("teres_major",), ("TMAJ",)),
    "pectoralis, clavicle": (("pectoralis_clavicle",), ("PECM1",)),
    "pectoralis, sternum": (("pectoralis_sternum",), ("PECM2", "PECM3")),
    "latissimus": (("latissimus_upper", "latissimus_lower"), ("LAT*",)),
    "coracobrachialis": (("coracobrachialis",), ("CORB",)),
    "biceps, long": (("biceps_long",), ("BIClong",)),
    "biceps, short": (("biceps_short",), ("BICshort",)),
    "triceps, long": (("triceps_long",), ("TRIlong",)),
}
"""MyoArm's."""

_STERNOCLEIDOMASTOID = (("sternocleidomastoid",), ("stern_mast", "cleid_mast", "cleid_occ"))
_SPLENIUS = (("splenius_capitis",), ("splen_cap_sklc6", "splen_cap_sklthx"))
_SEMISPINALIS = (("semispinalis_capitis",), ("semi_cap_sklc5", "semi_cap_sklthx"))
_LONGISSIMUS = (("longissimus_capitis",), ("longissi_cap_sklc6",))

NECK: Mapping[str, Pair] = {
    "sternocleidomastoid": _STERNOCLEIDOMASTOID,
    "scalenes": (("scalene_anterior", "scalene_middle"), ("scalenus_ant", "scalenus_med")),
    "longus colli": (("longus_colli",), ("long_col_c1thx",)),
    "hyoids": (("hyoids",), ("Sterno_hyoid", "SternoThyroid", "Omo_hyoid")),
    "splenius capitis": _SPLENIUS,
    "splenius cervicis": (("splenius_cervicis",), ("splen_cerv_c3thx",)),
    "semispinalis capitis": _SEMISPINALIS,
    "semispinalis cervicis": (("semispinalis_cervicis",), ("semi_cerv_c3thx",)),
    "longissimus capitis": _LONGISSIMUS,
    "levator scapulae": (("levator_scapulae",), ("levator_scap",)),
    "trapezius, upper": (("trapezius_upper",), ("trap_cl",)),
}
HEAD: Mapping[str, Pair] = {
    "sternocleidomastoid": _STERNOCLEIDOMASTOID,
    "longus capitis": (("longus_capitis",), ("long_cap_sklc4",)),
    "splenius capitis": _SPLENIUS,
    "semispinalis capitis": _SEMISPINALIS,
    "longissimus capitis": _LONGISSIMUS,
    "rectus capitis posterior": (
        ("rectus_capitis_posterior",),
        ("rectcap_post_maj", "rectcap_post_min"),
    ),
    "obliquus capitis": (("obliquus_capitis",), ("obl_cap_sup", "obl_cap_inf")),
}
"""Those of Mortensen et al. (2018), which carries on Vasavada, Li and Delp (1998)."""


def members(patterns: tuple[str, ...], names: list[str]) -> list[int]:
    """Places in `names` of the muscles that patterns stand for. KeyError for a pattern without any."""
    found = []
    for pattern in patterns:
        stem = pattern.removesuffix("*")
        fits = [
            k
            for k, name in enumerate(names)
            if (name.startswith(stem) if pattern.endswith("*") else name == pattern)
        ]
        if not fits:
            raise KeyError(pattern)
        found += fits
    return found
