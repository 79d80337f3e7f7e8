/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/dates.h"
