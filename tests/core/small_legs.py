"""Small models whose joints have several coordinates: a leg as character-2, and one as MJCF."""

TREE = """
format: muscle-viewer/character-2
name: leg
coordinates:
  - {name: tilt, default: 0.1, range: [-1, 1], limit_stiffness: [100, 200], limit_damping: 3, damping: 0.2}
  - {name: list}
  - {name: height, armature: 0.5}
  - {name: knee, range: [-2, 0]}
  - {name: patella, follows: knee, by: {polynomial: [0.01, -0.05]}}
  - {name: wobble, locked: true, default: 0.2}
bodies:
  - name: pelvis
    parent: null
    joint:
      type: custom
      position: [0, 1, 0]
      elements:
        - {translate: [0, 1, 0], coordinate: height}
        - {rotate: [0, 0, 1], coordinate: tilt}
        - {rotate: [1, 0, 0], coordinate: list}
    mass: 10
    inertia: [0.1, 0.1, 0.1, 0, 0, 0]
  - name: socket
    parent: pelvis
    joint: {type: custom, position: [0, -0.1, 0.1], orientation: [0, 1, 0, 0]}
    mass: 2
    inertia: [0.01, 0.01, 0.01, 0, 0, 0]
    contacts: [{position: [0, 0.1, 0], radius: 0.05}]
  - name: tibia
    parent: pelvis
    joint:
      type: custom
      position: [0, -0.4, 0]
      child_position: [0, 0.05, 0]
      elements:
        - {translate: [1, 0, 0], coordinate: knee, by: {spline: [[-2, 0.01], [-1, 0.005], [0, 0]]}}
        - {rotate: [0, 0, 1], coordinate: knee}
        - {rotate: [0, 1, 0], coordinate: wobble}
    mass: 3
    com: [0, -0.2, 0]
    inertia: [0.05, 0.01, 0.05, 0, 0, 0]
  - name: kneecap
    parent: pelvis
    joint: {type: custom, position: [0, -0.4, 0], elements: [{translate: [0, 1, 0], coordinate: patella}]}
    mass: 0.1
    inertia: [1.0e-4, 1.0e-4, 1.0e-4, 0, 0, 0]
contact: {stiffness: 5.0e4, damping: 1000, friction: 0.9, tangential_damping: 1.0e5}
muscles:
  - name: vasti
    max_isometric_force: 1000
    optimal_fibre_length: 0.1
    tendon_slack_length: 0.2
    path:
      - {body: socket, position: [0, 0, 0.1]}
      - {body: kneecap, position: [0, 0, 0.05]}
      - {body: tibia, position: [0, -0.05, 0.03]}
"""

LEG = """
<mujoco model="leg">
  <compiler angle="radian"/>
  <worldbody>
    <geom name="floor" type="plane" size="1 1 1" friction="0.7"/>
    <site name="origin" pos="0.05 0 1"/>
    <body name="thigh" pos="0 0 1">
      <joint name="hip" axis="0 1 0" pos="0 0 0.02" range="-1 1" ref="0.1" armature="0.02" damping="0.3"/>
      <geom name="thigh" type="capsule" fromto="0 0 0 0 0 -0.4" size="0.05"/>
      <site name="via" pos="0.06 0 -0.3"/>
      <body name="shank" pos="0 0 -0.42">
        <joint name="slip" type="slide" axis="1 0 0" armature="0.01"/>
        <joint name="knee" axis="0 1 0" range="0 2" stiffness="3" springref="0.2"/>
        <joint name="twist" axis="0 0 1" armature="0.005" damping="0.1"/>
        <geom type="capsule" fromto="0 0 0 0.02 0 -0.4" size="0.04"/>
        <site name="insertion" pos="0.03 0 -0.1"/>
        <geom name="heel" type="ellipsoid" pos="0 0 -0.4" size="0.08 0.03 0.03"/>
      </body>
    </body>
  </worldbody>
  <tendon>
    <spatial name="rectus">
      <site site="origin"/><site site="via"/><site site="insertion"/>
    </spatial>
  </tendon>
  <actuator>
    <muscle name="rectus" tendon="rectus" force="900" lengthrange="0.3 0.7" timeconst="0.02 0.06"/>
  </actuator>
  <equality>
    <joint joint1="slip" joint2="knee" polycoef="0 0.01 -0.02 0.003 0"/>
    <joint joint1="twist" joint2="knee" polycoef="0.05 0.3 0 0 0"/>
  </equality>
</mujoco>
"""
