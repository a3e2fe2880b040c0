"""The muscles of trunk, neck, shoulder girdle and arm that the whole-body human has beside its legs' (right side).

A path is MASS's (`unit`, carried over by mass_landmarks.py) or, where MASS has no such muscle or one that serves
badly, our own on this skeleton's bones. MASS gives all these muscles 1000 N and fibres longer than their paths; forces
and fibres are published figures instead.
"""

from __future__ import annotations

from tools.human.arm_muscles import ARM, SHOULDER
from tools.human.trunk_muscles import GIRDLE, NECK, TRUNK

UPPER_BODY = [*TRUNK, *NECK, *GIRDLE, *SHOULDER, *ARM]

SOURCES = [
    "Muscles of trunk, neck, shoulder girdle and arms: paths from MASS (Lee, Park, Lee and Lee 2019, "
    "Scalable muscle-actuated human simulation and control, ACM Trans Graph 38(4), 73; muscle284.xml and "
    "human.xml, Apache License 2.0, https://github.com/lsw9021/MASS), changed: carried over to this "
    "skeleton by landmarks (tools/human/mass_landmarks.py), thin slips merged or left out. Paths of the "
    "obliques, the deltoid, the splenius, longissimus and longus capitis, the semispinalis cervicis, the "
    "longus colli, the hyoid and suboccipital muscles, the levator scapulae, the pronators and the "
    "supinator, and ends of the rectus abdominis and the teres major and of muscles at elbow and wrist: "
    "own choice on this skeleton's bones after Gray's Anatomy.",
    "Abdominal wall: obliques pass points of an ellipse with half widths of 130 and 73 mm, at whose front "
    "the rectus lies (own choice), with 99 mm to the lumbar joint's centre: Jorgensen, Marras, Smith, Pope "
    "(2005), Clin Biomech 20, 242-246, measured 85 to 98 mm in standing women.",
    "Forces and fibres from shoulder to wrist, pennation included: Holzbaur, Murray, Delp (2005). A model "
    "of the upper extremity for simulating musculoskeletal surgery and analyzing neuromuscular control. "
    "Ann Biomed Eng 33(6), 829-840, table 1; teres minor in the infraspinatus, lower two heads of "
    "pectoralis and latissimus in one each, extensor carpi radialis brevis in the longus, palmaris in the "
    "flexor carpi radialis; fingers' extensors, flexors and the thumb's muscles rounded sums by own "
    "choice.",
    "Forces of trunk: cross-sections times 60 N/cm^2 (Rajagopal). Erector spinae and multifidus: the "
    "physiological ones of a side, 41.1 cm^2, of Christophy, Faruk Senan, Lotz, O'Reilly (2012), Biomech "
    "Model Mechanobiol 11, 19-34 (MyoTorso's forces over 46 N/cm^2), whose lumbar iliocostalis is in the "
    "lumbar longissimus here; a slice through L3/L4, as that of the athletes below (31 cm^2), misses the "
    "thoracic fibres, which pull on the pelvis by their aponeurosis; the spinalis, own choice, crosses the "
    "upper joint alone. Rectus abdominis 7.0 cm^2 (6.5 there). Obliques 24: at 75 kg the athletes of "
    "SpringerPlus 5 (2016), 3155, table 5, have 35 with the transversus; shared among slips by own choice. "
    "Fibres of erector spinae, rectus and quadratus lumborum: Delp, Suryanarayanan, Murray, Uhlir, Triolo "
    "(2001), J Biomech 34(3), 371-375, rounded. Paths of the erector spinae 18 mm, of the multifidus 16 mm "
    "further back than MASS's, whose moment arms at the lumbar spine are 38 mm.",
    "Forces of neck and shoulder girdle: cross-sections of Vasavada, Li, Delp (1998), Spine 23(4), "
    "412-422 (neck, levator, trapezius) and of Veeger et al. (1991), J Biomech 24(7), 615-629 (serratus, "
    "rhomboids, pectoralis minor), rounded, times 60 N/cm^2; fibres own choice, a share of the path.",
    "Wrist: no muscle turns the hand about the forearm's axis, so that this coordinate has no gains but a "
    "passive spring of 20 N m/rad (own choice: 5 degrees at the muscles' largest torque) for the "
    "ligaments.",
    "Tendon slack of these muscles: such that the fibres are optimal when the human stands with its "
    "elbows bent by 0.45 rad, as in walking.",
]
