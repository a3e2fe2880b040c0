#include "model/law_description.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

namespace muscle::model {
namespace {

void checkCurve(const CurveDescription& curve, const std::string& where) {
  const std::size_t breaks = curve.breaks.size();
  if (breaks < 1 || breaks >= Curve<double>::kSections) throw std::invalid_argument(where + "a curve has 1 to 31 breaks");
  for (std::size_t k = 0; k < breaks; ++k)
    if (!std::isfinite(curve.breaks[k]) || (k > 0 && !(curve.breaks[k] > curve.breaks[k - 1])))
      throw std::invalid_argument(where + "a curve's breaks must be finite and ascend");
  for (const std::vector<double>& row : curve.coefficients) {
    if (row.size() != breaks + 1) throw std::invalid_argument(where + "a curve needs coefficients for each of its sections");
    for (const double c : row)
      if (!std::isfinite(c)) throw std::invalid_argument(where + "a curve's coefficients must be finite");
  }
}

}  // namespace

void checkLaw(const LawDescription& law, const char* where) {
  for (const CurveDescription* curve : {&law.active, &law.velocity, &law.passive, &law.tendon}) checkCurve(*curve, where);
  if (!(law.maxVelocity > 0 && law.damping >= 0 && law.speedAtRest > 0 && law.speedAtRest <= 1 && law.shortest >= 0))
    throw std::invalid_argument(std::string(where) + "max_velocity, damping or the shortest length of its law is out of range");
}

}  // namespace muscle::model
