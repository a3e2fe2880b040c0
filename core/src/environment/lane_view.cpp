#include "environment/lane_view.hpp"

#include <algorithm>

namespace muscle::environment {
namespace {

Vec3<double> vectorAt(const LaneView& view, const float* base, int first) {
  return {view.at(base, first), view.at(base, first + 1), view.at(base, first + 2)};
}

}  // namespace

Mat3<double> LaneView::rotation(int body) const {
  Mat3<double> r;
  for (int k = 0; k < 9; ++k) r.m[k] = at(state_.bodyRotation, 9 * body + k);
  return r;
}
Vec3<double> LaneView::origin(int body) const { return vectorAt(*this, state_.bodyPosition, 3 * body); }
Vec3<double> LaneView::angularVelocity(int body) const { return rotation(body) * bodyAngular(body); }
Vec3<double> LaneView::linearVelocity(int body) const { return rotation(body) * bodyLinear(body); }
Vec3<double> LaneView::bodyAngular(int body) const { return vectorAt(*this, state_.bodyVelocity, 6 * body); }
Vec3<double> LaneView::bodyLinear(int body) const { return vectorAt(*this, state_.bodyVelocity, 6 * body + 3); }

Vec3<double> LaneView::groundForce(const std::vector<int>& bodies) const {
  Vec3<double> sum{};
  for (int c = 0; c < model_.numContacts(); ++c)
    if (std::find(bodies.begin(), bodies.end(), constants_.contacts[c].body) != bodies.end())
      sum += vectorAt(*this, state_.contactForce, 3 * c);
  return sum;
}

Vec3<double> LaneView::rootPosition() const {
  if (model_.numRootDofs() == 6) return {position(4), position(5), position(6)};
  return constants_.bodies[0].position;
}

Vec3<double> LaneView::centerOfMass() const {
  Vec3<double> sum{};
  for (int i = 0; i < model_.numBodies(); ++i) {
    const model::Body<double>& body = constants_.bodies[i];
    sum += origin(i) * body.mass + rotation(i) * body.firstMoment;
  }
  return sum * (1 / constants_.totalMass);
}

Vec3<double> LaneView::centerOfMassVelocity() const {
  Vec3<double> sum{};
  for (int i = 0; i < model_.numBodies(); ++i) {
    const model::Body<double>& body = constants_.bodies[i];
    const Vec3<double> angular = vectorAt(*this, state_.bodyVelocity, 6 * i);
    const Vec3<double> linear = vectorAt(*this, state_.bodyVelocity, 6 * i + 3);
    sum += rotation(i) * (linear * body.mass + cross(angular, body.firstMoment));
  }
  return sum * (1 / constants_.totalMass);
}

}  // namespace muscle::environment
