#include "environment/footholds.hpp"

#include <algorithm>
#include <cmath>

namespace muscle::environment {
namespace {

constexpr double kLevel = 0.005;   // m: if the heights of the feet differ by less, both stand
constexpr double kEarly = 0.4;     // phase up to which the right foot is the stance foot if both stand, in the later fork
constexpr double kTouching = 0.5;  // moving average of contact above which a foot touches the ground
constexpr double kBearing = 0.2;   // fraction of the body weight below which a contact is not a heel strike

double wrapped(double phase) { return phase - std::floor(phase); }

bool carries(const std::vector<model::BodyDescription>& bodies, int ancestor, int body) {
  for (; body >= 0; body = bodies[body].parent)
    if (body == ancestor) return true;
  return false;
}

}  // namespace

Footholds::Footholds(const model::Model& model, const FootholdSettings& settings, const std::array<int, 2>& feet,
                     const std::array<double, 2>& heelStrikes)
    : settings_(settings), bodies_(feet), heelStrikes_(heelStrikes) {
  const std::vector<model::BodyDescription>& bodies = model.description().bodies;
  int contact = 0;
  for (int body = 0; body < model.numBodies(); ++body) {
    const int spheres = static_cast<int>(bodies[body].contacts.size());
    const int boxes = static_cast<int>(bodies[body].contactBoxes.size());
    const int count = spheres + boxes * model::ContactBoxDescription::kCorners;
    for (int foot = 0; foot < 2; ++foot) {
      if (!carries(bodies, bodies_[foot], body)) continue;
      for (int c = 0; c < count; ++c) feet_[foot].contacts.push_back(contact + c);
      for (int c = 0; c < spheres; ++c) feet_[foot].corners.push_back(contact + c);
      for (int box = 0; box < boxes; ++box) feet_[foot].corners.push_back(contact + spheres + box * model::ContactBoxDescription::kCorners);
    }
    contact += count;
  }
}

int Footholds::stanceAt(double phase) const {
  const auto [right, left] = heelStrikes_;
  return wrapped(phase - right) < wrapped(left - right) ? 0 : 1;
}

double Footholds::centerOf(const LaneView& view, int foot) const {
  const int index = bodies_[foot];
  const model::Body<double>& body = view.constants().bodies[index];
  return (view.rootPosition() + view.origin(index) + view.rotation(index) * body.centerOfMass()).z;
}

Vec3<double> Footholds::lowest(const LaneView& view, int foot) const {
  Vec3<double> found{0, 0, centerOf(view, foot)};
  bool any = false;
  for (const int corner : feet_[foot].corners) {
    const model::Contact<double>& contact = view.constants().contacts[corner];
    const Vec3<double> place = view.rootPosition() + view.origin(contact.body) + view.rotation(contact.body) * contact.position;
    if (!any || place.y - contact.radius < found.y) found = {place.x, place.y - contact.radius, place.z};
    any = true;
  }
  return found;
}

double Footholds::strikePlace(const LaneView& view, int foot) const {
  return settings_.strikesAtHeel ? centerOf(view, foot) : lowest(view, foot).z;
}

void Footholds::begin(const LaneView& view, double phase, double stride, FootholdMemory& memory) const {
  memory = {};
  const std::array<Vec3<double>, 2> feet = {lowest(view, 0), lowest(view, 1)};
  const bool level = std::abs(feet[0].y - feet[1].y) < kLevel;
  // If both feet stand, the earlier fork starts with the right foot, as its phase is 0 then.
  const int standing = settings_.strikesAtHeel && wrapped(phase) >= kEarly ? 1 : 0;
  const int stance = level ? standing : (feet[0].y < feet[1].y ? 0 : 1);
  memory.stance = stance;
  memory.swings = level ? 0 : 1;
  memory.foot = memory.stanceFoot = memory.target = feet[stance].z;
  memory.next = memory.target + stride / 2;
  for (int foot = 0; foot < 2; ++foot) memory.lastStrike[foot] = strikePlace(view, foot);
}

void Footholds::advance(const LaneView& view, double phase, double weight, double stride, FootholdMemory& memory) const {
  if (settings_.rule == FootholdRule::kPhase) advanceByPhase(view, phase, stride, memory);
  if (settings_.rule == FootholdRule::kContact) advanceByContact(view, weight, stride, memory);
}

void Footholds::advanceByPhase(const LaneView& view, double phase, double stride, FootholdMemory& memory) const {
  const int stance = stanceAt(phase);
  if (stance != static_cast<int>(memory.stance)) {
    memory.target = memory.next;
    memory.next = memory.foot + stride;
    memory.stance = stance;
  }
  memory.foot = centerOf(view, stance);
}

bool Footholds::touches(const LaneView& view, int foot, double& force) const {
  Vec3<double> sum{};
  bool any = false;
  for (const int c : feet_[foot].contacts) {
    const float* base = view.state().contactForce;
    const Vec3<double> f{view.at(base, 3 * c), view.at(base, 3 * c + 1), view.at(base, 3 * c + 2)};
    any = any || f.y > 0;
    sum += f;
  }
  force = std::sqrt(dot(sum, sum));
  return any;
}

void Footholds::advanceByContact(const LaneView& view, double weight, double stride, FootholdMemory& memory) const {
  std::array<bool, 2> down{};
  std::array<double, 2> force{};
  for (int foot = 0; foot < 2; ++foot) {
    const double now = touches(view, foot, force[foot]) ? 1 : 0;
    double& average = memory.contact[foot];
    average = memory.began > 0 ? settings_.debounce * now + (1 - settings_.debounce) * average : now;
    down[foot] = average > kTouching;
  }
  memory.began = 1;
  const int stance = static_cast<int>(memory.stance), other = 1 - stance;
  if (memory.swings == 0) {
    if (down[stance] && !down[other]) memory.swings = 1;
    return;
  }
  const double place = strikePlace(view, other);
  if (!down[other] || force[other] <= kBearing * weight || place - memory.lastStrike[other] <= settings_.leastStep * stride) return;
  memory.swings = 0;
  memory.target = memory.next;
  memory.next = memory.stanceFoot + stride;
  memory.stanceFoot = memory.lastStrike[other] = memory.foot = place;
  memory.stance = other;
}

}  // namespace muscle::environment
