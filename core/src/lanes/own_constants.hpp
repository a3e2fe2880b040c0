// The constants of environments that have bodies of their own: the model's structure, with a number for each lane of a pack.
#pragma once

#include <memory>

#include "dynamics/engine.hpp"
#include "model/model.hpp"

namespace muscle::lanes {

// put(V& to, double value), here and below, for each component.
template <class V, class Put>
void putVector(const Vec3<double>& from, Vec3<V>& to, Put&& put) {
  put(to.x, from.x);
  put(to.y, from.y);
  put(to.z, from.z);
}

template <class V, class Put>
void putBody(const model::Body<double>& from, model::Body<V>& to, Put&& put) {
  // A turn by the identity changes no number, so that a lane does not notice that its neighbours' joints are turned.
  to.identityOrientation = to.identityOrientation && from.identityOrientation;
  for (int k = 0; k < 9; ++k) put(to.orientation.m[k], from.orientation.m[k]);
  putVector(from.position, to.position, put);
  putVector(from.axis, to.axis, put);
  put(to.mass, from.mass);
  putVector(from.firstMoment, to.firstMoment, put);
  put(to.inertia.xx, from.inertia.xx);
  put(to.inertia.yy, from.inertia.yy);
  put(to.inertia.zz, from.inertia.zz);
  put(to.inertia.xy, from.inertia.xy);
  put(to.inertia.xz, from.inertia.xz);
  put(to.inertia.yz, from.inertia.yz);
  for (int k = 0; k < 3; ++k) {
    put(to.kp[k], from.kp[k]);
    put(to.kv[k], from.kv[k]);
    put(to.damping[k], from.damping[k]);
    put(to.stiffness[k], from.stiffness[k]);
    put(to.rest[k], from.rest[k]);
    put(to.lower[k], from.lower[k]);
    put(to.upper[k], from.upper[k]);
    put(to.armature[k], from.armature[k]);
  }
  for (int k = 0; k < 2; ++k) {
    put(to.limitStiffness[k], from.limitStiffness[k]);
    put(to.limitDamping[k], from.limitDamping[k]);
  }
}

// Copies every number of the constants; both have the same structure.
template <class V, class Put>
void copyValues(const model::Constants<double>& from, model::Constants<V>& to, Put&& put) {
  for (std::size_t i = 0; i < from.bodies.size(); ++i) putBody(from.bodies[i], to.bodies[i], put);
  for (std::size_t i = 0; i < from.contacts.size(); ++i) {
    putVector(from.contacts[i].position, to.contacts[i].position, put);
    put(to.contacts[i].radius, from.contacts[i].radius);
  }
  for (std::size_t i = 0; i < from.muscles.size(); ++i) {
    const model::Muscle<double>& muscle = from.muscles[i];
    put(to.muscles[i].rigidLength, muscle.rigidLength);
    put(to.muscles[i].maxForce, muscle.maxForce);
    put(to.muscles[i].optimalLength, muscle.optimalLength);
    put(to.muscles[i].tendonSlackLength, muscle.tendonSlackLength);
    put(to.muscles[i].cosPennation, muscle.cosPennation);
    put(to.muscles[i].width, muscle.width);
  }
  for (std::size_t i = 0; i < from.attachments.size(); ++i) {
    put(to.attachments[i].weight, from.attachments[i].weight);
    putVector(from.attachments[i].position, to.attachments[i].position, put);
  }
  for (std::size_t i = 0; i < from.segments.size(); ++i) {
    putVector(from.segments[i].start, to.segments[i].start, put);
    putVector(from.segments[i].end, to.segments[i].end, put);
  }
  for (std::size_t i = 0; i < from.pathNodes.size(); ++i) {
    putVector(from.pathNodes[i].position, to.pathNodes[i].position, put);
    putVector(from.pathNodes[i].axis, to.pathNodes[i].axis, put);
    putVector(from.pathNodes[i].side, to.pathNodes[i].side, put);
    put(to.pathNodes[i].radius, from.pathNodes[i].radius);
  }
  for (std::size_t i = 0; i < from.pathMotions.size(); ++i) putVector(from.pathMotions[i].direction, to.pathMotions[i].direction, put);
}

template <class V>
void copyStructure(const model::Constants<double>& from, model::Constants<V>& to) {
  for (const model::Body<double>& body : from.bodies) {
    model::Body<V> copy{};
    static_cast<model::BodyStructure&>(copy) = body;
    to.bodies.push_back(copy);
  }
  for (const model::Contact<double>& contact : from.contacts) to.contacts.push_back({contact.body, {}, {}});
  for (const model::Muscle<double>& muscle : from.muscles) {
    model::Muscle<V> copy{};
    static_cast<model::MuscleStructure&>(copy) = muscle;
    to.muscles.push_back(copy);
  }
  to.attachmentOffsets = from.attachmentOffsets;
  for (const model::PathAttachment<double>& attachment : from.attachments) to.attachments.push_back({attachment.slot, {}, {}});
  to.touchedBodies = from.touchedBodies;
  to.spannedJoints = from.spannedJoints;
  for (const model::PathSegment<double>& segment : from.segments)
    to.segments.push_back({segment.from, segment.to, segment.continues, {}, {}});
  to.crossings = from.crossings;
  for (const model::PathNode<double>& node : from.pathNodes) {
    model::PathNode<V> copy{};
    static_cast<model::PathNodeStructure&>(copy) = node;
    to.pathNodes.push_back(copy);
  }
  for (const model::PathMotion<double>& motion : from.pathMotions)
    to.pathMotions.push_back({{}, motion.coordinate, motion.dof, motion.entry, motion.function, motion.lower, motion.upper});
  to.clusters = from.clusters;
  to.functionNumbers.assign(from.functionNumbers.begin(), from.functionNumbers.end());
  to.anchorForceOnFirstBody = from.anchorForceOnFirstBody;
}

// Constants of a pack whose lanes all have the model's body as yet; null where the environments share one body.
template <class S, class V>
std::unique_ptr<model::Constants<V>> ownConstants(const model::Model& model, const dynamics::EngineSettings& settings) {
  if (!settings.ownBodies) return nullptr;
  auto own = std::make_unique<model::Constants<V>>();
  copyStructure(model.constants<double>(), *own);
  const model::Constants<Element<S>>& shared = model.constants<Element<S>>();
  own->hill = shared.hill;
  own->elements = shared.elements;
  own->knots = shared.knots;
  own->weights = shared.weights;
  own->mujocoCurves = shared.mujocoCurves;
  own->laws = shared.laws;
  copyValues(model.constants<double>(), *own, [](V& to, double value) { to = V(static_cast<Element<S>>(value)); });
  return own;
}

template <class V>
const model::Constants<V>* sharedOr(const model::Model& model, const model::Constants<V>* own) {
  if constexpr (std::is_same_v<V, Element<V>>)
    return own ? own : &model.constants<V>();
  else
    return own;
}

}  // namespace muscle::lanes
