"""The provenance that the human's file states; braces are filled in by make_human.py."""

from __future__ import annotations

SOURCES = [
    "Skeleton of pelvis, legs and arms, joint centres and axes, ranges, and all muscle parameters "
    "and paths: Rajagopal2015.osim. Rajagopal, Dembia, DeMers, Delp, Hicks, Delp (2016). Full-body "
    "musculoskeletal model for muscle-driven simulation of human gait. IEEE Trans Biomed Eng "
    "63(10), 2068-2079. MIT licence.",
    "Masses and inertias: the same file, scaled by {scale:.5f} from {osim_mass:.3f} kg to the "
    "{mass:g} kg that the paper names.",
    "Split of the torso into abdomen, thorax, head and neck: in proportion to the mass fractions "
    "of Winter (2009), Biomechanics and Motor Control of Human Movement, 4th ed., table 4.1 "
    "(0.139, 0.216, 0.081 of the body); radii of gyration of de Leva (1996), J Biomech 29(9), "
    "table 4, male; head 0.8 and neck 0.2 of head and neck (head about 4 kg: Yoganandan et al. "
    "2009, J Biomech 42(9)); each shoulder girdle 0.09 of the thorax (own choice). Their "
    "common centre lies {torso_lower:.0f} mm lower and {torso_forward:.0f} mm further forward than "
    "the osim torso's.",
    "Knee: one revolute in place of the osim's coupled joint; axis and centre fitted by least "
    "squares to its motion of the shank over 0 to 80 degrees of flexion (rms {knee_rms:.1f} mm, "
    "largest {knee_max:.1f} mm, at the ankle end).",
    "Talus: {talus:g} kg moved to it from the calcaneus (osim 0.1 kg). Toes: inertia of a box 75 x "
    "25 x 95 mm, as the osim's breaks the triangle inequality. Patella: merged into the femur.",
    "Ranges of trunk, neck, shoulder girdle, shoulder and wrist: American Academy of Orthopaedic "
    "Surgeons (1965), Joint Motion, rounded, shared among the joints of trunk and neck; they bound "
    "the components of the rotation vector. The other ranges: the osim's, but for those commented.",
    "Spring of the toe joint, for the plantar fascia and the short muscles of the foot that the model does not have: "
    "25 N m/rad as Falisse et al. (2022), PLoS ONE 17(1), e0256311; slack at 0.2 rad, as the toes hang in swing "
    "(own choice).",
    "Gains: own choice in the manner of MASS (Lee et al. 2019), kv = sqrt(2 kp).",
    "Contact: own choice of constants; the spheres' lowest points lie in one plane, the sole.",
    "Muscle law: Gaussian force-length and exponential passive curves with the parameters of "
    "the osim's Millard 2012 muscles: passive strain 0.7 at maximal isometric force; exponent "
    "4 as in MASS; tendon rigid.",
    "Paths: via points only. Where the osim wraps or runs over the patella or the knee, via points "
    "were fitted by tools/human/fit_paths.py to OpenSim 4.6's lengths over the range of gait "
    "(docs/moment-arms.md). Tendon slack length is shifted by the difference of the neutral "
    "muscle-tendon lengths, so that the neutral fibre length is OpenSim's with a rigid tendon. Soleus and gastrocnemius: "
    "tendons 3 % longer, their mean stretch under the loads of stance (Lichtwark and Wilson 2006, J Exp Biol 209, "
    "4379-4388: 4 to 5 % at push-off), as the tendon is rigid.",
    "Shapes: procedural, measured by hand on the model's bone geometry.",
    "Signs: knee flexion, ankle dorsiflexion, subtalar inversion, toe extension, elbow flexion and "
    "forearm pronation positive; ball joints are rotation vectors (x left, y up, z forward). "
    "Zero pose: the osim's neutral pose.",
]
