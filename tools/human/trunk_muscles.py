"""Muscles of trunk, neck and shoulder girdle, right side (sources: upper_body_muscles.py)."""

from __future__ import annotations

from tools.human.upper_muscle import UpperMuscle, area

TRUNK = [
    UpperMuscle(
        "iliocostalis_r",
        area(5.7),
        0.142,
        "trunk_extensor",
        "R_iliocostalis",
        (0, 1, 2, 3, 4, 5, 6),
        0.018,
    ),
    UpperMuscle(
        "longissimus_thoracis_r",
        area(11.8),
        0.117,
        "trunk_extensor",
        "R_Longissimus_Thoracis",
        (0, 1, 2, 3, 4, 5, 6),
        0.018,
    ),
    UpperMuscle(
        "longissimus_lumborum_r",
        area(12.3),
        0.08,
        "trunk_extensor",
        path=(("pelvis", -0.045, 0.018, -0.142), ("lumbar", -0.028, 0.100, -0.048)),
    ),
    UpperMuscle(
        "multifidus_r",
        area(11.3),
        0.06,
        "trunk_extensor",
        "R_Multifidus",
        (0, 1, 2),
        0.016,
        path=(("lumbar", -0.006, 0.090, -0.046),),
    ),
    UpperMuscle(
        "spinalis_thoracis_r",
        area(5.0),
        0.064,
        "trunk_extensor",
        path=(
            ("lumbar", -0.007, 0.065, -0.052),
            ("thorax", -0.009, 0.020, -0.056),
            ("thorax", -0.008, 0.160, -0.074),
        ),
    ),
    UpperMuscle("quadratus_lumborum_r", area(3.0), 0.08, "trunk_side", "R_Quadratus_Lumborum1"),
    UpperMuscle(
        "quadratus_vertebrae_r",
        area(2.5),
        0.07,
        "trunk_side",
        path=(("pelvis", -0.086, 0.074, -0.090), ("lumbar", -0.033, 0.105, -0.018)),
    ),
    UpperMuscle(
        "rectus_abdominis_r",
        area(7.0),
        0.26,
        "trunk_flexor",
        "R_Rectus_Abdominis1",
        (4, 3, 2),
        path=(("pelvis", -0.036, 0.036, 0.005), ("pelvis", -0.016, -0.070, -0.011)),
    ),
    UpperMuscle(
        "external_oblique_side_r",
        area(6.0),
        0.14,
        "trunk_side",
        path=(
            ("thorax", -0.132, 0.045, 0.020),
            ("thorax", -0.131, -0.030, 0.040),
            ("pelvis", -0.119, 0.056, -0.044),
        ),
    ),
    UpperMuscle(
        "external_oblique_front_r",
        area(6.0),
        0.16,
        "trunk_flexor",
        path=(
            ("thorax", -0.122, 0.050, 0.075),
            ("pelvis", -0.072, 0.100, -0.014),
            ("pelvis", 0.000, -0.060, -0.010),
        ),
    ),
    UpperMuscle(
        "internal_oblique_side_r",
        area(6.0),
        0.10,
        "trunk_side",
        path=(("lumbar", -0.080, 0.040, -0.035), ("thorax", -0.122, -0.022, 0.058)),
    ),
    UpperMuscle(
        "internal_oblique_front_r",
        area(6.0),
        0.12,
        "trunk_flexor",
        path=(
            ("pelvis", -0.122, 0.045, -0.040),
            ("pelvis", -0.100, 0.120, -0.028),
            ("thorax", -0.030, 0.000, 0.114),
        ),
    ),
]

NECK = [
    UpperMuscle(
        "longissimus_capitis_r",
        area(1.5),
        0.09,
        "neck_extensor",
        path=(
            ("thorax", -0.025, 0.199, -0.046),
            ("neck", -0.028, 0.045, -0.028),
            ("head", -0.052, 0.002, -0.020),
        ),
    ),
    UpperMuscle(
        "semispinalis_capitis_r",
        area(5.5),
        0.08,
        "neck_extensor",
        "R_Semispinalis_Capitis1",
        (0, 1, 3),
    ),
    UpperMuscle(
        "splenius_capitis_r",
        area(3.1),
        0.09,
        "neck_extensor",
        path=(
            ("thorax", -0.003, 0.225, -0.040),
            ("neck", -0.020, 0.045, -0.036),
            ("head", -0.052, 0.016, -0.034),
        ),
    ),
    UpperMuscle("splenius_cervicis_r", area(1.5), 0.12, "neck_extensor", "R_Splenius_Cervicis1"),
    UpperMuscle(
        "semispinalis_cervicis_r",
        area(3.1),
        0.08,
        "neck_extensor",
        path=(
            ("thorax", -0.022, 0.150, -0.036),
            ("neck", -0.010, 0.005, -0.034),
            ("neck", -0.004, 0.070, -0.034),
        ),
    ),
    UpperMuscle("sternocleidomastoid_r", area(4.9), 0.11, "neck_flexor", "R_Sternocleidomastoid1"),
    UpperMuscle("scalene_anterior_r", area(1.9), 0.05, "neck_flexor", "R_Scalene_Anterior1"),
    UpperMuscle("scalene_middle_r", area(2.4), 0.06, "neck_side", "R_Scalene_Middle4"),
    UpperMuscle(
        "longus_capitis_r",
        area(1.4),
        0.06,
        "neck_flexor",
        path=(
            ("neck", -0.015, 0.040, 0.020),
            ("neck", -0.010, 0.080, 0.027),
            ("head", -0.005, 0.010, 0.016),
        ),
    ),
    UpperMuscle(
        "longus_colli_r",
        area(2.7),
        0.07,
        "neck_flexor",
        path=(
            ("thorax", -0.008, 0.195, 0.008),
            ("neck", -0.009, 0.000, 0.020),
            ("neck", -0.010, 0.075, 0.026),
        ),
    ),
    UpperMuscle(
        "hyoids_r",
        area(2.0),
        0.10,
        "neck_flexor",
        path=(
            ("thorax", -0.012, 0.198, 0.058),
            ("neck", -0.012, 0.045, 0.050),
            ("head", -0.018, -0.036, 0.064),
        ),
    ),
    UpperMuscle(
        "rectus_capitis_posterior_r",
        area(1.8),
        0.04,
        "neck_extensor",
        path=(("neck", -0.006, 0.060, -0.034), ("head", -0.030, 0.005, -0.060)),
    ),
    UpperMuscle(
        "obliquus_capitis_r",
        area(1.9),
        0.035,
        "neck_side",
        path=(("neck", -0.003, 0.078, -0.034), ("head", -0.038, -0.005, -0.006)),
    ),
]

GIRDLE = [
    UpperMuscle("trapezius_lower_r", area(4.0), 0.14, "shoulder_girdle", "R_Trapezius"),
    UpperMuscle("trapezius_middle_r", area(6.0), 0.10, "shoulder_girdle", "R_Trapezius3"),
    UpperMuscle("trapezius_upper_r", area(3.7), 0.11, "shoulder_girdle", "R_Trapezius5"),
    UpperMuscle(
        "levator_scapulae_r",
        area(3.1),
        0.10,
        "shoulder_girdle",
        path=(("neck", -0.024, 0.065, -0.008), ("clavicle_r", -0.046, -0.002, -0.094)),
    ),
    UpperMuscle("rhomboid_minor_r", area(2.0), 0.07, "shoulder_girdle", "R_Rhomboid_Minor"),
    UpperMuscle("rhomboid_major_r", area(4.3), 0.07, "shoulder_girdle", "R_Rhomboid_Major2"),
    UpperMuscle("serratus_upper_r", area(5.0), 0.08, "shoulder_girdle", "R_Serratus_Anterior2"),
    UpperMuscle("serratus_lower_r", area(9.0), 0.14, "shoulder_girdle", "R_Serratus_Anterior4"),
    UpperMuscle("pectoralis_minor_r", area(3.7), 0.11, "shoulder_girdle", "R_Pectoralis_Minor1"),
    UpperMuscle("subclavius_r", area(1.5), 0.05, "shoulder_girdle", "R_Subclavian"),
]
