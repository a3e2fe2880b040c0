"""The muscles of trunk, neck, shoulder girdle and arm that the whole-body human has beside its legs' (right side).

A path is MASS's (`unit`, carried over by mass_landmarks.py) or, where MASS has no such muscle, our own on this
skeleton's bones. MASS gives all these muscles 1000 N and fibres longer than their paths; forces and fibres are
published figures instead (`SOURCES`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SPECIFIC_TENSION = 60.0
"""N/cm^2, as Rajagopal et al. (2016) take for the legs."""

OwnPath = tuple[tuple[str, float, float, float], ...]


@dataclass(frozen=True)
class UpperMuscle:
    """A muscle of the right side; `fibre` m at the optimum, `force` N, `pennation` degrees.

    `unit` is MASS's muscle, `kept` the via points taken of it (all if empty), moved back by `behind` (m); `onto`
    fixes some of them (by their index in MASS) to another of our bodies. `path` has the points of our own that
    follow: body and place in its frame, m.
    """

    name: str
    force: float
    fibre: float
    group: str
    unit: str = ""
    kept: tuple[int, ...] = ()
    behind: float = 0.0
    onto: Mapping[int, str] = field(default_factory=dict)
    path: OwnPath = ()
    pennation: float = 0.0


def area(square_centimetres: float) -> float:
    """Force of a cross-section, N."""
    return SPECIFIC_TENSION * square_centimetres


SOURCES = [
    "Muscles of trunk, neck, shoulder girdle and arms: paths from MASS (Lee, Park, Lee and Lee 2019, Scalable "
    "muscle-actuated human simulation and control, ACM Trans Graph 38(4), 73; muscle284.xml and human.xml, Apache "
    "License 2.0, https://github.com/lsw9021/MASS), changed: carried over to this skeleton by landmarks "
    "(tools/human/mass_landmarks.py), thin slips merged or left out. Paths of the obliques, the deltoid, the semispinalis "
    "cervicis, the longus colli, the hyoid and suboccipital muscles, the levator scapulae, the pronators and the supinator, and "
    "ends of muscles at elbow and wrist: own choice on this skeleton's bones after Gray's Anatomy.",
    "Forces and fibres from shoulder to wrist, pennation included: Holzbaur, Murray, Delp (2005). A model of the "
    "upper extremity for simulating musculoskeletal surgery and analyzing neuromuscular control. Ann Biomed Eng 33(6), 829-840, "
    "table 1; teres minor in the infraspinatus, lower two heads of pectoralis and latissimus in one each, extensor carpi "
    "radialis brevis in the longus, palmaris in the flexor carpi radialis; fingers' extensors, flexors and the thumb's muscles "
    "rounded sums.",
    "Forces of trunk: cross-sections times 60 N/cm^2 (Rajagopal). Erector spinae and multifidus together 31 cm^2, rectus "
    "abdominis 9.9, obliques with transversus 35, at 75 kg: athletes of SpringerPlus 5 (2016), 3155-8, table 5 (41, 13.2 "
    "and 46.9 mm^2/kg); shared among slips by own choice. Fibres of the erector spinae, of the rectus and the quadratus lumborum: Delp, "
    "Suryanarayanan, Murray, Uhlir, Triolo (2001), J Biomech 34(3), 371-375, rounded.",
    "Forces of neck and shoulder girdle: cross-sections of Vasavada, Li, Delp (1998), Spine 23(4), 412-422 (neck, levator, trapezius) and "
    "of Veeger et al. (1991), J Biomech 24(7), 615-629 (serratus, rhomboids, pectoralis minor), rounded, times 60 N/cm^2; fibres own choice, "
    "a share of the path.",
    "Wrist: no muscle turns the hand about the forearm's axis, so that this coordinate has no gains but a passive spring "
    "of 20 N m/rad (own choice: 5 degrees at the muscles' largest torque) for the ligaments.",
    "Tendon slack of these muscles: such that the fibres are optimal when the human stands with its elbows bent by "
    "0.45 rad, as in walking.",
]

TRUNK = [
    UpperMuscle("iliocostalis_r", area(8.0), 0.142, "trunk_extensor", "R_iliocostalis", (0, 1, 2, 3, 4, 5, 6), 0.018),
    UpperMuscle("longissimus_thoracis_r", area(8.0), 0.117, "trunk_extensor", "R_Longissimus_Thoracis", (0, 1, 2, 3, 4, 5, 6), 0.018),
    UpperMuscle(
        "longissimus_lumborum_r", area(6.0), 0.08, "trunk_extensor",
        path=(("pelvis", -0.045, 0.018, -0.142), ("lumbar", -0.028, 0.100, -0.048)),
    ),
    UpperMuscle(
        "multifidus_r", area(8.8), 0.06, "trunk_extensor", "R_Multifidus", (0, 1, 2), 0.016,
        path=(("lumbar", -0.006, 0.090, -0.046),),
    ),
    UpperMuscle(
        "spinalis_thoracis_r", area(5.0), 0.064, "trunk_extensor",
        path=(("lumbar", -0.007, 0.065, -0.052), ("thorax", -0.009, 0.020, -0.056), ("thorax", -0.008, 0.160, -0.074)),
    ),
    UpperMuscle("quadratus_lumborum_r", area(3.0), 0.08, "trunk_side", "R_Quadratus_Lumborum1"),
    UpperMuscle(
        "quadratus_vertebrae_r", area(2.5), 0.07, "trunk_side",
        path=(("pelvis", -0.086, 0.074, -0.090), ("lumbar", -0.033, 0.105, -0.018)),
    ),
    UpperMuscle("rectus_abdominis_r", area(7.0), 0.26, "trunk_flexor", "R_Rectus_Abdominis1"),
    UpperMuscle(
        "external_oblique_side_r", area(6.0), 0.14, "trunk_side",
        path=(("thorax", -0.132, 0.045, 0.020), ("thorax", -0.131, -0.030, 0.040), ("pelvis", -0.124, 0.035, -0.022)),
    ),
    UpperMuscle(
        "external_oblique_front_r", area(6.0), 0.16, "trunk_flexor",
        path=(("thorax", -0.122, 0.050, 0.075), ("pelvis", -0.085, 0.100, 0.010), ("pelvis", 0.010, -0.055, 0.000)),
    ),
    UpperMuscle(
        "internal_oblique_side_r", area(6.0), 0.10, "trunk_side",
        path=(("lumbar", -0.080, 0.040, -0.035), ("thorax", -0.122, -0.022, 0.058)),
    ),
    UpperMuscle(
        "internal_oblique_front_r", area(6.0), 0.12, "trunk_flexor",
        path=(("pelvis", -0.122, 0.045, -0.040), ("pelvis", -0.100, 0.120, 0.005), ("thorax", -0.030, 0.000, 0.114)),
    ),
]

NECK = [
    UpperMuscle("longissimus_capitis_r", area(1.5), 0.09, "neck_extensor", "R_Longissimus_Capitis3"),
    UpperMuscle("semispinalis_capitis_r", area(5.5), 0.08, "neck_extensor", "R_Semispinalis_Capitis1", (0, 1, 3)),
    UpperMuscle("splenius_capitis_r", area(3.1), 0.09, "neck_extensor", "R_Splenius_Capitis1", onto={0: "thorax"}),
    UpperMuscle("splenius_cervicis_r", area(1.5), 0.12, "neck_extensor", "R_Splenius_Cervicis1"),
    UpperMuscle(
        "semispinalis_cervicis_r", area(3.1), 0.08, "neck_extensor",
        path=(("thorax", -0.022, 0.150, -0.036), ("neck", -0.010, 0.005, -0.034), ("neck", -0.004, 0.070, -0.034)),
    ),
    UpperMuscle("sternocleidomastoid_r", area(4.9), 0.11, "neck_flexor", "R_Sternocleidomastoid1"),
    UpperMuscle("scalene_anterior_r", area(1.9), 0.05, "neck_flexor", "R_Scalene_Anterior1"),
    UpperMuscle("scalene_middle_r", area(2.4), 0.06, "neck_side", "R_Scalene_Middle4"),
    UpperMuscle("longus_capitis_r", area(1.4), 0.06, "neck_flexor", "R_Longus_Capitis2"),
    UpperMuscle(
        "longus_colli_r", area(2.7), 0.07, "neck_flexor",
        path=(("thorax", -0.008, 0.195, 0.008), ("neck", -0.009, 0.000, 0.020), ("neck", -0.010, 0.075, 0.026)),
    ),
    UpperMuscle(
        "hyoids_r", area(2.0), 0.10, "neck_flexor",
        path=(("thorax", -0.012, 0.198, 0.058), ("neck", -0.012, 0.045, 0.050), ("head", -0.018, -0.036, 0.064)),
    ),
    UpperMuscle(
        "rectus_capitis_posterior_r", area(1.8), 0.04, "neck_extensor",
        path=(("neck", -0.006, 0.060, -0.034), ("head", -0.030, 0.005, -0.060)),
    ),
    UpperMuscle(
        "obliquus_capitis_r", area(1.9), 0.035, "neck_side",
        path=(("neck", -0.003, 0.078, -0.034), ("head", -0.038, -0.005, -0.006)),
    ),
]

GIRDLE = [
    UpperMuscle("trapezius_lower_r", area(4.0), 0.14, "shoulder_girdle", "R_Trapezius"),
    UpperMuscle("trapezius_middle_r", area(6.0), 0.10, "shoulder_girdle", "R_Trapezius3"),
    UpperMuscle("trapezius_upper_r", area(3.7), 0.11, "shoulder_girdle", "R_Trapezius5"),
    UpperMuscle(
        "levator_scapulae_r", area(3.1), 0.10, "shoulder_girdle",
        path=(("neck", -0.024, 0.065, -0.008), ("clavicle_r", -0.046, -0.002, -0.094)),
    ),
    UpperMuscle("rhomboid_minor_r", area(2.0), 0.07, "shoulder_girdle", "R_Rhomboid_Minor"),
    UpperMuscle("rhomboid_major_r", area(4.3), 0.07, "shoulder_girdle", "R_Rhomboid_Major2"),
    UpperMuscle("serratus_upper_r", area(5.0), 0.08, "shoulder_girdle", "R_Serratus_Anterior2"),
    UpperMuscle("serratus_lower_r", area(9.0), 0.14, "shoulder_girdle", "R_Serratus_Anterior4"),
    UpperMuscle("pectoralis_minor_r", area(3.7), 0.11, "shoulder_girdle", "R_Pectoralis_Minor1"),
    UpperMuscle("subclavius_r", area(1.5), 0.05, "shoulder_girdle", "R_Subclavian"),
]

SHOULDER = [
    UpperMuscle(
        "deltoid_front_r", 1142.6, 0.0976, "shoulder", pennation=22,
        path=(("clavicle_r", -0.105, 0.026, -0.018), ("clavicle_r", -0.160, -0.004, 0.010), ("humerus_r", -0.009, -0.120, 0.012)),
    ),
    UpperMuscle(
        "deltoid_middle_r", 1142.6, 0.1078, "shoulder", pennation=15,
        path=(("clavicle_r", -0.142, 0.031, -0.036), ("clavicle_r", -0.180, 0.000, -0.018), ("humerus_r", -0.012, -0.125, 0.005)),
    ),
    UpperMuscle(
        "deltoid_back_r", 259.9, 0.1367, "shoulder", pennation=18,
        path=(("clavicle_r", -0.100, 0.014, -0.090), ("clavicle_r", -0.162, -0.006, -0.050), ("humerus_r", -0.011, -0.125, 0.001)),
    ),
    UpperMuscle("supraspinatus_r", 487.8, 0.0682, "shoulder", "R_Supraspinatus", pennation=7),
    UpperMuscle("infraspinatus_r", 1565.1, 0.0755, "shoulder", "R_Infraspinatus1", onto={2: "humerus_r", 3: "humerus_r"}, pennation=19),
    UpperMuscle("subscapularis_r", 1377.8, 0.0873, "shoulder", "R_Subscapularis1", pennation=20),
    UpperMuscle("teres_major_r", 425.4, 0.1624, "shoulder", "R_Teres_Major", pennation=16),
    UpperMuscle("pectoralis_clavicle_r", 364.4, 0.1442, "shoulder", "R_Pectoralis_Major", (0, 1, 4), pennation=17),
    UpperMuscle("pectoralis_sternum_r", 905.9, 0.1385, "shoulder", "R_Pectoralis_Major2", (0, 1, 2, 4), pennation=26),
    UpperMuscle("latissimus_upper_r", 389.1, 0.254, "shoulder", "R_Latissimus_Dorsi", pennation=25),
    UpperMuscle("latissimus_lower_r", 670.8, 0.2323, "shoulder", "R_Latissimus_Dorsi3", pennation=19),
    UpperMuscle("coracobrachialis_r", 242.5, 0.0932, "shoulder", "R_Coracobrachialis", pennation=27),
]

BICEPS_TENDON: OwnPath = (("ulna_r", -0.014, -0.043, -0.003), ("radius_r", 0.0108, -0.040, -0.0028))
"""Round the inner side of the radius to its tuberosity, so that the biceps supinates at any pronation."""

OLECRANON: OwnPath = (("ulna_r", 0.0, 0.010, -0.030),)

ARM = [
    UpperMuscle("biceps_long_r", 624.3, 0.1157, "elbow_flexor", "R_Bicep_Brachii_Long_Head", (0, 1, 2, 3, 4, 5, 6), path=BICEPS_TENDON),
    UpperMuscle("biceps_short_r", 435.6, 0.1321, "elbow_flexor", "R_Bicep_Brachii_Short_Head", (0, 1, 2), path=BICEPS_TENDON),
    UpperMuscle("brachialis_r", 987.3, 0.0858, "elbow_flexor", "R_Brachialis"),
    UpperMuscle("brachioradialis_r", 261.3, 0.1726, "elbow_flexor", "R_Brachioradialis"),
    UpperMuscle("triceps_long_r", 798.5, 0.134, "elbow_extensor", "R_Triceps_Long_Head", (0, 2, 3), path=OLECRANON, pennation=12),
    UpperMuscle("triceps_lateral_r", 624.3, 0.1138, "elbow_extensor", "R_Triceps_Lateral_Head", (0, 1, 2), path=OLECRANON, pennation=9),
    UpperMuscle("triceps_medial_r", 624.3, 0.1138, "elbow_extensor", "R_Triceps_Medial_Head", (0, 1), path=OLECRANON, pennation=9),
    UpperMuscle(
        "pronator_teres_r", 566.2, 0.0492, "forearm_pronator", pennation=10,
        path=(("humerus_r", 0.030, -0.264, 0.004), ("ulna_r", 0.004, -0.040, 0.004), ("radius_r", -0.030, -0.110, 0.004)),
    ),
    UpperMuscle(
        "pronator_quadratus_r", 75.5, 0.0282, "forearm_pronator", pennation=10,
        path=(("ulna_r", -0.016, -0.200, -0.018), ("radius_r", -0.018, -0.190, 0.002), ("radius_r", -0.034, -0.190, 0.000)),
    ),
    UpperMuscle(
        "supinator_r", 476.0, 0.033, "forearm_supinator",
        path=(("ulna_r", -0.008, -0.040, -0.030), ("radius_r", 0.0017, -0.047, -0.0129)),
    ),
    UpperMuscle(
        "extensor_carpi_radialis_r", 405.4, 0.075, "wrist_extensor", "R_Extensor_Carpi_Radialis_Longus", (0, 1, 2),
        path=(("radius_r", -0.028, -0.215, -0.021), ("hand_r", -0.010, -0.030, -0.015)),
    ),
    UpperMuscle(
        "extensor_carpi_ulnaris_r", 93.2, 0.0622, "wrist_extensor", "R_Extensor_Carpi_Ulnaris", (0, 1, 2),
        path=(("radius_r", 0.006, -0.215, -0.020), ("hand_r", 0.019, -0.030, -0.010)),
    ),
    UpperMuscle(
        "extensor_digitorum_r", 250.0, 0.07, "wrist_extensor", "R_Extensor_Digitorum1", (0,),
        path=(("radius_r", -0.018, -0.120, -0.018), ("radius_r", -0.012, -0.215, -0.024),
              ("hand_r", 0.000, -0.035, -0.017), ("hand_r", 0.000, -0.085, -0.006)),
    ),
    UpperMuscle(
        "flexor_carpi_radialis_r", 100.7, 0.0628, "wrist_flexor", "R_Flexor_Carpi_Radialis", (0,),
        path=(("radius_r", -0.022, -0.160, 0.010), ("radius_r", -0.023, -0.215, 0.010), ("hand_r", -0.014, -0.030, 0.006)),
    ),
    UpperMuscle(
        "flexor_carpi_ulnaris_r", 128.9, 0.0509, "wrist_flexor", "R_Flexor_Carpi_Ulnaris", (0, 1),
        path=(("radius_r", 0.006, -0.205, 0.002), ("hand_r", 0.019, -0.012, 0.010)),
    ),
    UpperMuscle(
        "flexor_digitorum_r", 600.0, 0.08, "wrist_flexor", "R_Flexor_Digitorum_Profundus2", (0, 1),
        path=(("radius_r", -0.012, -0.215, 0.010), ("hand_r", -0.001, -0.030, 0.009), ("hand_r", 0.000, -0.085, 0.008)),
    ),
    UpperMuscle(
        "abductor_pollicis_r", 105.5, 0.07, "wrist_side", "R_Abductor_Pollicis_Longus", (0,),
        path=(("radius_r", -0.036, -0.190, -0.008), ("radius_r", -0.038, -0.218, -0.002), ("hand_r", -0.030, -0.028, 0.004)),
    ),
]

UPPER_BODY = [*TRUNK, *NECK, *GIRDLE, *SHOULDER, *ARM]
